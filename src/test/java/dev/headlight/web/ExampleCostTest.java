package dev.headlight.web;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonPrimitive;
import dev.headlight.model.Allocations;
import io.micrometer.core.instrument.MeterRegistry;
import java.net.http.HttpRequest;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.TestPropertySource;

/** The memory that {@code dry_run} answers, against what the request really takes: every example of every analysis. */
@RunningService
@TestPropertySource(properties = "spring.application.name=costs") // a service of its own, for it drops the models
@DirtiesContext
class ExampleCostTest {
    private static final double TOLERANCE = 0.2;
    private static final double MOST_WITH_GRADIENTS =
            2.5; // 2.05 was measured: what autograd holds is not seen by counting arrays

    @LocalServerPort
    int port;

    @Autowired
    MeterRegistry meters;

    private Api api;
    private Allocations allocations;

    @BeforeEach
    void watch() {
        api = new Api(port);
        allocations = new Allocations();
        unload(); // only what is made from here on is seen
    }

    @AfterEach
    void leave() {
        allocations.close();
    }

    private void unload() {
        for (JsonElement model : api.get("/models").json().getAsJsonArray("models")) {
            String id = model.getAsJsonObject().get("id").getAsString();
            if (model.getAsJsonObject().get("loaded").getAsBoolean()) {
                Api.Reply reply = api.send(HttpRequest.newBuilder(api.uri("/models/" + id + "/load"))
                        .DELETE()
                        .build());
                assertThat(reply.status()).as(id).isEqualTo(204);
            }
        }
    }

    @TestFactory
    Stream<DynamicTest> theEstimateIsWhatIsReallyAllocated() {
        return Endpoints.analyses(api).stream().flatMap(example -> {
            Stream<DynamicTest> alone = Stream.of(test(example, "", example.body()));
            return example.hasInput()
                    ? Stream.concat(
                            alone,
                            Stream.of(test(example, ", verified", example.with("verify", new JsonPrimitive(true)))))
                    : alone;
        });
    }

    private DynamicTest test(Endpoints.Example example, String how, String body) {
        return DynamicTest.dynamicTest(example + how, () -> check(example, body));
    }

    private void check(Endpoints.Example example, String body) throws InterruptedException {
        assertThat(api.post(example.path(), body).status()).isEqualTo(200); // loads the model
        long before = settled();
        allocations.reset();
        String dryRun = body.substring(0, body.length() - 1) + ",\"dry_run\":true}";
        long estimate = api.post(example.path(), dryRun).json().get("bytes").getAsLong();
        assertThat(allocations.peak()).as("a dry run allocates nothing").isEqualTo(before);
        assertThat(api.post(example.path(), body).status()).isEqualTo(200);
        long allocated = allocations.peak() - before;
        assertThat((double) estimate / allocated)
                .as("%d estimated, %d allocated", estimate, allocated)
                .isBetween(1 - TOLERANCE, allocations.sawGradients() ? MOST_WITH_GRADIENTS : 1 + TOLERANCE);
        assertThat(settled()).isEqualTo(before);
    }

    /** The last byte reaches the client a moment before the request ends, on a busy machine long before. */
    private long settled() throws InterruptedException {
        long held;
        do {
            held = allocations.held();
            Thread.sleep(100);
        } while (allocations.held() != held || ActiveRequests.count(meters) > 0);
        return held;
    }
}
