package dev.headlight.web;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonPrimitive;
import dev.headlight.model.Allocations;
import dev.headlight.model.Fixture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.TestPropertySource;

/**
 * The work of every example of every analysis, held to the numbers in {@code work.tsv}: a change that makes a request do
 * more shows here, however noisy the machine is. After a change that is meant, write the numbers again:
 *
 * <pre>./mvnw test -Dtest=WorkTest -Dheadlight.write-work=true</pre>
 */
@RunningService
@TestPropertySource(properties = "spring.application.name=work") // a service of its own, whose arrays are counted
@DirtiesContext
class WorkTest {
    private static final String TABLE = "/work.tsv";
    private static final double MORE = 1.02; // a few arrays depend on what other threads hold

    @LocalServerPort
    int port;

    /**
     * What one request did.
     *
     * @param flops of its matrix products, by its dry run
     * @param operations native arrays made, each by one operation
     * @param bytes of these arrays: what was written, copies included
     */
    private record Work(long flops, long operations, long bytes) {
        private static Work of(String[] columns) {
            return new Work(Long.parseLong(columns[1]), Long.parseLong(columns[2]), Long.parseLong(columns[3]));
        }
    }

    @Test
    void noRequestDoesMoreThanBefore() throws IOException {
        Map<String, Work> found = measured();
        if (Boolean.getBoolean("headlight.write-work")) {
            write(found);
        }
        Map<String, Work> held = read();
        assertThat(found.keySet()).as("examples, and rows of work.tsv").isEqualTo(held.keySet());
        found.forEach((example, work) -> {
            Work most = held.get(example);
            assertThat(work.flops()).as("FLOPs of %s", example).isEqualTo(most.flops());
            assertThat(work.operations()).as("operations of %s", example).isLessThanOrEqualTo((long)
                    (MORE * most.operations()));
            assertThat(work.bytes()).as("bytes of %s", example).isLessThanOrEqualTo((long) (MORE * most.bytes()));
        });
    }

    private Map<String, Work> measured() {
        Api api = new Api(port);
        Map<String, Work> found = new LinkedHashMap<>();
        for (Endpoints.Example example : Endpoints.analyses(api)) {
            String dryRun = example.with("dry_run", new JsonPrimitive(true));
            long flops = api.post(example.path(), dryRun).json().get("flops").getAsLong();
            assertThat(api.post(example.path(), example.body()).status()).isEqualTo(200); // loads the model
            try (Allocations allocations = new Allocations()) {
                allocations.reset();
                assertThat(api.post(example.path(), example.body()).status()).isEqualTo(200);
                found.put(example.toString(), new Work(flops, allocations.made(), allocations.bytesMade()));
            }
        }
        return found;
    }

    private static Map<String, Work> read() throws IOException {
        Map<String, Work> held = new LinkedHashMap<>();
        for (String line : Files.readAllLines(Fixture.resource(TABLE))) {
            String[] columns = line.split("\t");
            if (!line.startsWith("#")) {
                held.put(columns[0], Work.of(columns));
            }
        }
        return held;
    }

    private static void write(Map<String, Work> found) throws IOException {
        List<String> lines = new ArrayList<>(List.of("# example\tFLOPs\toperations\tbytes"));
        found.forEach((example, work) ->
                lines.add(example + "\t" + work.flops() + "\t" + work.operations() + "\t" + work.bytes()));
        Files.write(Path.of("src/test/resources" + TABLE), lines);
        Files.write(Fixture.resource(TABLE), lines);
    }
}
