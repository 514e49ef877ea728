package dev.headlight.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.test.web.server.LocalServerPort;

/** A service with twelve threads for requests, and clients that would hold more of them. */
@SpringBootTest(
        webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
        properties = {
            "headlight.device=cpu",
            "server.tomcat.threads.max=12",
            "headlight.limits.body-time=5s",
            "headlight.limits.body-bytes=1MB",
            "headlight.body-budget=2MB"
        })
@ExtendWith(OutputCaptureExtension.class)
class SlowClientsTest {
    private static final String JSON = "application/json";
    private static final int CLIENTS = 30;

    @LocalServerPort
    int port;

    @Autowired
    RequestBodies bodies;

    private Api api;
    private final List<RawClient> clients = new ArrayList<>();

    @BeforeEach
    void client() {
        api = new Api(port);
    }

    @AfterEach
    void close() throws Exception {
        for (RawClient client : clients) {
            client.close();
        }
        await(() -> bodies.held() == 0);
    }

    private RawClient client(String sent) throws IOException {
        RawClient client = new RawClient(port);
        client.send(sent);
        clients.add(client);
        return client;
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        for (int i = 0; i < 2000 && !condition.getAsBoolean(); i++) {
            Thread.sleep(10);
        }
        assertThat(condition.getAsBoolean()).isTrue();
    }

    private void assertAlive() {
        long start = System.nanoTime();
        assertThat(api.get("/actuator/health/liveness").status()).isEqualTo(200);
        assertThat((System.nanoTime() - start) / 1e9).isLessThan(5);
    }

    /** With and without a length; wanted, or refused by its headers. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Length: 1000",
                "Transfer-Encoding: chunked",
                "Content-Length: 50000000",
                "Content-Encoding: gzip\r\nContent-Length: 1000"
            })
    void bodiesThatDripHoldNoThreadAndEndInTime(String header) throws Exception {
        boolean wanted = header.equals("Content-Length: 1000") || header.startsWith("T");
        String oneByte = header.startsWith("T") ? "1\r\n \r\n" : " ";
        for (int i = 0; i < CLIENTS; i++) { // one after the other, so that a thread is free for each
            long held = bodies.held();
            RawClient client = client(RawClient.head("/tokenize", JSON, header) + oneByte);
            if (wanted) {
                await(() -> bodies.held() > held);
            } else {
                assertThat(client.answer().status()).isEqualTo(header.contains("gzip") ? 415 : 413);
            }
        }
        assertAlive();
        assertThat(api.post("/tokenize", "{\"input\":\"a\"}").status()).isEqualTo(200);
        for (RawClient client : clients) {
            if (wanted) {
                RawClient.Answer answer = client.answer();
                assertThat(answer.status()).isEqualTo(408);
                assertThat(answer.head()).contains("Connection: close", "application/problem+json");
                assertThat(answer.body()).contains("/problems/body-too-slow", "headlight.limits.body-time", "5s");
            }
            assertClosed(client);
        }
    }

    private static void assertClosed(RawClient client) {
        try {
            client.line();
        } catch (IOException e) {
            assertThat(e).hasMessageContaining("closed after");
            return;
        }
        throw new AssertionError("the connection is still open");
    }

    @Test
    void aClientThatGoesAwayInItsBodyLeavesOneLineAndNothingElse(CapturedOutput output) throws Exception {
        try (RawClient client = new RawClient(port)) {
            client.send(RawClient.head("/tokenize", JSON, "X-Request-Id: gone-in-body\r\nContent-Length: 1000") + "{");
            Thread.sleep(100);
            client.reset();
        }
        await(() -> output.getOut().contains("[gone-in-body]"));
        Thread.sleep(100);
        assertThat(output.getOut().split("\\[gone-in-body\\]", -1)).hasSize(2);
        assertThat(output.getOut())
                .containsPattern("gone-in-body\\].*POST /tokenize 499")
                .doesNotContain("Exception");
    }

    /** One half of the two megabytes is for bodies that arrive; the other for what is made of one that has arrived. */
    @Test
    void bodiesThatDoNotFitAre429AtOnceAndAnyFitsAlone() throws Exception {
        String large = "{\"input\":[" + "5,".repeat(450_000) + "5]}";
        RawClient half = client(RawClient.head("/attention", JSON, "Content-Length: " + large.length()));
        half.send(large.substring(0, 800_000));
        Thread.sleep(300);
        Api.Reply refused = api.post("/attention", large);
        Problems.assertProblem(refused, 429, "memory-full");
        assertThat(refused.header("Retry-After")).isEqualTo("1");
        assertThat(refused.json().get("detail").getAsString()).contains("headlight.body-budget");
        assertThat(api.post("/tokenize", "{\"input\":\"a\"}").status()).isEqualTo(200);
        half.send(large.substring(800_000));
        RawClient.Answer answer = half.answer();
        assertThat(answer.status()).isEqualTo(413);
        assertThat(answer.body()).contains("input: 450001 tokens are more than the limit of 4096");
        assertThat(api.post("/attention", large).status()).isEqualTo(413); // all has been given back
    }

    /** Each answer is larger than what the sockets hold. */
    @Test
    void clientsThatDoNotReadLeaveAThreadForHealth() throws Exception {
        String ids = "[" + "5,".repeat(119) + "5],";
        String body = "{\"input\":[" + ids.repeat(6) + "[5]],\"encoding\":\"base64\"}";
        for (int i = 0; i < 11; i++) {
            client(RawClient.post("/attention", body, JSON));
        }
        await(() -> api.post("/tokenize", "{\"input\":\"a\"}").status() == 429);
        Api.Reply refused = api.post("/tokenize", "{\"input\":\"a\"}");
        Problems.assertProblem(refused, 429, "queue-full");
        assertThat(refused.header("Retry-After")).isEqualTo("1");
        assertAlive();
        for (RawClient client : clients) {
            client.reset();
        }
        await(() -> api.post("/tokenize", "{\"input\":\"a\"}").status() == 200);
    }
}
