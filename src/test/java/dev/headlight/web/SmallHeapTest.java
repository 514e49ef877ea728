package dev.headlight.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A service of its own with 512 MB of heap, which ends when the heap is full. */
@Timeout(300)
class SmallHeapTest {
    private static final Pattern PORT = Pattern.compile("Tomcat started on port (\\d+)");

    private Process process;
    private Api api;

    @BeforeEach
    void start() throws IOException {
        ProcessBuilder java = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-XX:+ExitOnOutOfMemoryError",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.headlight.HeadlightApplication",
                "--server.port=0",
                "--headlight.models-dir=src/test/resources/fixtures");
        process = java.redirectErrorStream(true).start();
        BufferedReader log = process.inputReader();
        Matcher port = PORT.matcher("");
        for (String line = log.readLine(); line != null && !port.reset(line).find(); ) {
            line = log.readLine();
        }
        api = new Api(Integer.parseInt(port.group(1)));
        CompletableFuture.runAsync(() -> log.lines().forEach(line -> {})); // a full pipe would stop the service
    }

    @AfterEach
    void stop() {
        process.destroyForcibly();
    }

    /** Every head of 1300 tokens is 17 million cells. ALiBi has no longest input. */
    @ParameterizedTest
    @ValueSource(strings = {"image/png", "image/svg+xml"})
    void eightLargePicturesAtOnceAreDrawnOrRefused(String type) {
        String ids = IntStream.range(0, 1300)
                .mapToObj(i -> String.valueOf(5 + i % 30))
                .toList()
                .toString();
        ExecutorService clients = Executors.newFixedThreadPool(8);
        List<CompletableFuture<Integer>> replies = IntStream.range(0, 8)
                .mapToObj(i -> CompletableFuture.supplyAsync(
                        () -> api.post("/attention", "{\"model\":\"bloom\",\"input\":" + ids + "}", type)
                                .status(),
                        clients))
                .toList();
        List<Integer> statuses = replies.stream().map(CompletableFuture::join).toList();
        clients.shutdown();
        assertThat(statuses)
                .allMatch(status -> List.of(200, 429, 503).contains(status))
                .contains(200);
        assertThat(process.isAlive()).isTrue();
        assertThat(api.get("/actuator/health").status()).isEqualTo(200);
    }
}
