package dev.headlight.web;

import static dev.headlight.web.Problems.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.headlight.model.checkpoint.Torch;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;

/** A service whose requests may take ten seconds: the dry run of the long request takes less, the request more. */
@SpringBootTest(
        webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
        properties = {"headlight.device=cpu", "headlight.workers=1", "headlight.limits.request-timeout=10s"})
class RequestTimeoutTest {
    @LocalServerPort
    int port;

    @Autowired
    Workers workers;

    @Autowired
    Torch torch;

    private Api api;

    @BeforeEach
    void client() {
        api = new Api(port);
    }

    @Test
    void aRequestThatTakesTooLongIs504WithWhatWasDone() {
        Api.Reply reply = api.post("/patching", LongRequests.sweep());
        assertTimedOut(reply.json());
        assertProblem(reply, 504, "deadline");
        assertThat(workers.running()).isZero();
    }

    @Test
    void anEventStreamEndsWithTheProblemAsAnEvent() {
        String[] events = api.post("/patching", LongRequests.sweep(), "text/event-stream")
                .text()
                .split("\n\n");
        assertThat(events.length).isGreaterThan(1);
        assertThat(events[events.length - 2]).startsWith("event: cells\ndata: ");
        String last = events[events.length - 1];
        assertThat(last).startsWith("event: error\ndata: {");
        JsonObject problem = JsonParser.parseString(last.split("data: ", 2)[1]).getAsJsonObject();
        assertTimedOut(problem);
    }

    private static void assertTimedOut(JsonObject problem) {
        assertThat(problem.get("type").getAsString()).isEqualTo("/problems/deadline");
        assertThat(problem.get("detail").getAsString())
                .isEqualTo("the request took longer than the limit of 10s (headlight.limits.request-timeout)");
        JsonObject done = problem.getAsJsonObject("done");
        assertThat(done.get("seconds").getAsDouble()).isBetween(10.0, 13.0);
        assertThat(done.get("forward_passes").getAsLong()).isPositive();
        assertThat(done.get("blocks").getAsLong())
                .isGreaterThan(done.get("forward_passes").getAsLong());
    }

    /** No thread of the request checks the time then. */
    @Test
    void aRequestThatWaitsForAWorkerIs504Too() {
        CountDownLatch release = new CountDownLatch(1);
        CompletableFuture<Object> other =
                CompletableFuture.supplyAsync(() -> torch.scheduler().run(() -> {
                    try {
                        return release.await(60, TimeUnit.SECONDS);
                    } catch (InterruptedException e) {
                        throw new AssertionError(e);
                    }
                }));
        Api.Reply reply = api.post("/attention", "{\"input\":[1]}");
        assertProblem(reply, 504, "deadline");
        assertThat(reply.json().getAsJsonObject("done").get("forward_passes").getAsLong())
                .isZero();
        assertThat(torch.scheduler().waiting()).isZero();
        release.countDown();
        other.join();
    }
}
