package dev.headlight.web;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonPrimitive;
import dev.headlight.model.NativeArrays;
import dev.headlight.model.checkpoint.Torch;
import dev.headlight.model.schedule.PassScheduler;
import dev.headlight.model.store.Admission;
import dev.headlight.model.store.MemoryBudget;
import dev.headlight.model.store.Models;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.test.web.server.LocalServerPort;

/** A client that goes away stops its computation, and nothing of it is left. */
@RunningService
@ExtendWith(OutputCaptureExtension.class)
class CancelledRequestsTest {
    private static final String JSON = "application/json";
    private static final String EVENTS = "text/event-stream";

    @LocalServerPort
    int port;

    @Autowired
    Workers workers;

    @Autowired
    Torch torch;

    @Autowired
    MemoryBudget budget;

    @Autowired
    MeterRegistry meters;

    @Autowired
    Models models;

    private Api api;

    @BeforeEach
    void client() {
        api = new Api(port);
        await(() -> workers.running() == 0);
    }

    private RawClient busy(String accept) throws IOException {
        RawClient client = new RawClient(port);
        client.send(RawClient.post("/patching", LongRequests.sweep(), accept));
        await(() -> workers.running() == 1);
        return client;
    }

    private static void await(BooleanSupplier state) {
        long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (!state.getAsBoolean()) {
            assertThat(System.nanoTime()).isLessThan(end);
            sleep(1);
        }
    }

    private long forwards() {
        try (Admission<?> micro = models.admit(null, "test")) {
            return micro.model().forwards();
        }
    }

    private static void sleep(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** The best of several tries counts, because other programs use the machine too. */
    @ParameterizedTest
    @CsvSource({JSON + ", dry run", JSON + ", run", EVENTS + ", run"})
    void theWorkerIsFreeWithinAFifthOfASecondAndNothingIsLeft(String accept, String during) throws IOException {
        api.post("/attention", "{\"input\":[1,2]}"); // makes what is made once
        await(() -> ActiveRequests.count(meters) == 0); // the last one may still hold its answer
        long arrays = NativeArrays.count();
        long reserved = budget.reserved();
        List<Double> seconds = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            long forwards = forwards();
            RawClient client = busy(accept);
            await(() -> during.equals("dry run") || forwards() > forwards + 20);
            sleep(100); // so that the time is not that of the first probe
            assertThat(workers.running()).isEqualTo(1);
            long start = System.nanoTime();
            client.close();
            await(() -> workers.running() == 0);
            seconds.add((System.nanoTime() - start) / 1e9);
        }
        System.out.println("Worker free after " + seconds + " s, " + accept + " in the " + during);
        assertThat(seconds.stream().mapToDouble(s -> s).min().orElseThrow()).isLessThan(0.2);
        await(() -> NativeArrays.count() == arrays && budget.reserved() == reserved);
    }

    @Test
    void aResetAndAClosedSendingHalfCountAsGoneAndTheLatterReadsWhy(CapturedOutput output) throws IOException {
        try (RawClient client = busy(JSON)) {
            client.reset();
            await(() -> workers.running() == 0);
        }
        try (RawClient client = busy(JSON)) {
            client.closeSendingHalf();
            RawClient.Answer answer = client.answer();
            assertThat(answer.status()).isEqualTo(499);
            assertThat(answer.body()).contains("/problems/client-gone", "\"forward_passes\":");
        }
        await(() -> output.getOut().contains("POST /patching 499 "));
        assertThat(api.get("/actuator/prometheus").text()).containsPattern("status=\"499\",uri=\"/patching\"");
        assertThat(output.getOut()).doesNotContain("Unexpected error", "ExceptionResolver");
    }

    @Test
    void aStreamStopsBetweenTwoEvents() throws IOException {
        try (RawClient client = busy(EVENTS)) {
            while (!client.line().equals("event: cells")) {}
        }
        await(() -> workers.running() == 0);
    }

    @Test
    void aRequestLeavesTheQueue() throws IOException {
        CountDownLatch release = new CountDownLatch(1);
        PassScheduler scheduler = torch.scheduler();
        int threads = Runtime.getRuntime().availableProcessors();
        for (int i = 0; i < threads; i++) {
            CompletableFuture.runAsync(() -> scheduler.run(() -> held(release)));
        }
        await(() -> scheduler.running() == threads);
        RawClient client = new RawClient(port);
        client.send(RawClient.post("/attention", "{\"input\":[1,2]}", JSON));
        await(() -> scheduler.waiting() == 1);
        client.close();
        await(() -> workers.running() == 0 && scheduler.waiting() == 0);
        assertThat(scheduler.running()).isEqualTo(threads);
        release.countDown();
        await(() -> scheduler.running() == 0);
    }

    private static boolean held(CountDownLatch release) {
        try {
            return release.await(60, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** The examples are found in the OpenAPI document: of every analysis that there is, in every form. */
    @Test
    void anyRequestCancelledAtAnyTimeLeavesNothing(CapturedOutput output) throws IOException {
        Map<String, Long> millis = new LinkedHashMap<>(); // of each request
        for (Endpoints.Example example : Endpoints.analyses(api)) {
            long start = System.nanoTime();
            assertThat(api.post(example.path(), example.body()).status()).isEqualTo(200); // makes what is made once
            long took = (System.nanoTime() - start) / 1_000_000;
            List<String> forms = example.mediaTypes();
            for (String form : List.of(JSON, forms.get(forms.size() - 1))) {
                millis.put(RawClient.post(example.path(), example.body(), form), took);
            }
            List<String> more = List.of(
                    example.with("verify", new JsonPrimitive(true)),
                    example.with("dry_run", new JsonPrimitive(true)),
                    example.with("compare_to", new JsonPrimitive("micro")));
            more.forEach(body -> millis.put(RawClient.post(example.path(), body, JSON), took));
        }
        await(() -> ActiveRequests.count(meters) == 0); // the last one may still hold its answer
        long arrays = NativeArrays.count();
        long reserved = budget.reserved();
        Random random = new Random(5);
        for (Map.Entry<String, Long> request : millis.entrySet()) {
            try (RawClient client = new RawClient(port)) {
                client.send(request.getKey());
                sleep(random.nextLong(request.getValue() + 1));
            }
        }
        await(() -> workers.running() == 0);
        await(() -> NativeArrays.count() == arrays && budget.reserved() == reserved);
        assertThat(output.getOut().split(" 499 ", -1).length - 1).isGreaterThan(millis.size() / 4);
    }

    @Test
    void requestsInAPipelineAreAnsweredInOrderAlsoAfterALongOne() throws IOException {
        String tokens = "[" + "5,".repeat(119) + "5]"; // about a second
        String slow = "{\"input\":" + tokens
                + ",\"ablation\":\"zero\",\"hook\":\"resid_post\",\"over\":[\"layer\",\"position\"],"
                + "\"metric\":{\"type\":\"logit\",\"answer\":7}}";
        try (RawClient client = new RawClient(port)) {
            client.send(RawClient.post("/patching", slow, JSON));
            sleep(200); // the probes read what comes now
            client.send(RawClient.post("/tokenize", "{\"input\":\"Mary and John\"}", JSON));
            sleep(100);
            client.send(RawClient.post("/attention", "{\"input\":[1,2]}", JSON));
            assertThat(client.answer().body()).contains("\"grid\"");
            assertThat(client.answer().body()).contains("\"tokens\"");
            assertThat(client.answer().body()).contains("\"attention\"");
        }
    }

    @Test
    void aConnectionServesManyRequests() throws IOException {
        try (RawClient client = new RawClient(port)) {
            for (int i = 0; i < 500; i++) {
                client.send(RawClient.post("/tokenize", "{\"input\":[1,2]}", JSON));
                RawClient.Answer answer = client.answer();
                assertThat(answer.status()).isEqualTo(200);
                assertThat(answer.head()).doesNotContain("Connection: close");
            }
        }
    }

    @Test
    void aBodyInChunksOrAfterContinueIsReadToItsEnd() throws IOException {
        String body = "{\"input\":[1,2]}";
        try (RawClient client = new RawClient(port)) {
            client.send(RawClient.head("/attention", JSON, "Transfer-Encoding: chunked"));
            client.send("5\r\n" + body.substring(0, 5) + "\r\n");
            sleep(120);
            client.send("a\r\n" + body.substring(5) + "\r\n");
            sleep(120);
            client.send("0\r\n\r\n");
            assertThat(client.answer().status()).isEqualTo(200);
            client.send(RawClient.head("/attention", JSON, "Expect: 100-continue\r\nContent-Length: " + body.length()));
            assertThat(client.line()).contains("100");
            client.line();
            sleep(120);
            client.send(body);
            assertThat(client.answer().status()).isEqualTo(200);
        }
    }
}
