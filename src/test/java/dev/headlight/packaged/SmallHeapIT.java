package dev.headlight.packaged;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The packaged service with 512 MB of heap, which ends when it is out of memory, and clients that would have ended it. */
class SmallHeapIT {
    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static final int BODY = 7_900_000; // bytes, near the limit of 8 MiB
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static Process service;
    private static int port;

    @BeforeAll
    static void start() throws Exception {
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        service = new ProcessBuilder(
                        java,
                        "-Xmx512m",
                        "-XX:+ExitOnOutOfMemoryError",
                        "-jar",
                        jar(),
                        "--server.port=" + port,
                        "--headlight.device=cpu")
                .redirectErrorStream(true)
                .redirectOutput(Path.of("target", "small-heap.log").toFile())
                .start();
        for (int i = 0; i < 600 && status("/actuator/health/readiness") != 200; i++) {
            assertThat(service.isAlive()).isTrue();
            Thread.sleep(100);
        }
    }

    @AfterAll
    static void stop() {
        service.destroyForcibly();
    }

    private static String jar() throws IOException {
        try (DirectoryStream<Path> jars = Files.newDirectoryStream(Path.of("target"), "headlight-*.jar")) {
            return jars.iterator().next().toString();
        }
    }

    private static int status(String path) throws InterruptedException {
        try {
            HttpRequest request =
                    HttpRequest.newBuilder(uri(path)).timeout(PATIENCE).build();
            return CLIENT.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
        } catch (IOException e) {
            return -1;
        }
    }

    private static URI uri(String path) {
        return URI.create("http://localhost:" + port + path);
    }

    /** The statuses of equal requests that are sent at once. */
    private static List<Integer> atOnce(int count, String path, String body) {
        byte[] bytes = body.getBytes(StandardCharsets.US_ASCII);
        HttpRequest request = HttpRequest.newBuilder(uri(path))
                .timeout(PATIENCE)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofByteArray(bytes))
                .build();
        List<CompletableFuture<HttpResponse<Void>>> answers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            answers.add(CLIENT.sendAsync(request, HttpResponse.BodyHandlers.discarding()));
        }
        return answers.stream().map(answer -> answer.join().statusCode()).toList();
    }

    private static void assertServes() throws InterruptedException {
        assertThat(service.isAlive()).isTrue();
        assertThat(status("/actuator/health/liveness")).isEqualTo(200);
        assertThat(atOnce(1, "/tokenize", "{\"input\":\"Mary\"}")).containsExactly(200);
    }

    @Test
    void textsFarBeyondTheLimit() throws Exception {
        String body = "{\"input\":\"" + "ab ".repeat(BODY / 3) + "\"}";
        assertThat(atOnce(1, "/tokenize", body)).containsExactly(413);
        assertThat(atOnce(8, "/tokenize", body)).isSubsetOf(413, 429);
        assertServes();
    }

    @Test
    void bodiesOfIntegers() throws Exception {
        String ids = "5,".repeat(BODY / 2) + "5";
        assertThat(atOnce(24, "/attention", "{\"input\":[" + ids + "]}")).isSubsetOf(413, 429);
        assertServes();
        assertThat(atOnce(24, "/lens", "{\"input\":\"a\",\"positions\":[" + ids + "]}"))
                .isSubsetOf(413, 422, 429);
        String vector =
                "{\"input\":\"a\",\"interventions\":[{\"hook\":\"z\",\"layer\":0,\"action\":{\"type\":\"add\",\"vector\":["
                        + ids + "]}}]}";
        assertThat(atOnce(24, "/interventions", vector)).isSubsetOf(413, 422, 429);
        assertServes();
    }

    @Test
    void connectionsThatDrip() throws Exception {
        List<Socket> drips = new ArrayList<>();
        try {
            for (int i = 0; i < 210; i++) {
                Socket socket = new Socket("localhost", port);
                drips.add(socket);
                OutputStream out = socket.getOutputStream();
                out.write(("POST /tokenize HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                                + "Content-Length: 1000\r\n\r\n{")
                        .getBytes(StandardCharsets.US_ASCII));
            }
            for (int i = 0; i < 3; i++) {
                assertServes();
                for (Socket socket : drips) {
                    socket.getOutputStream().write(' ');
                }
                Thread.sleep(1000);
            }
        } finally {
            for (Socket socket : drips) {
                socket.close();
            }
        }
        assertServes();
    }
}
