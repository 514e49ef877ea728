package dev.headlight.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.headlight.model.HeldEngine;
import dev.headlight.model.checkpoint.Torch;
import dev.headlight.model.store.Admission;
import dev.headlight.model.store.MemoryBudget;
import dev.headlight.model.store.Models;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;

/** One worker, which a long request shares with short ones. */
@SpringBootTest(
        webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
        properties = {"headlight.device=cpu", "headlight.workers=1", "headlight.memory-budget=200MB"})
class FairnessTest {
    private static final String LIGHT = "{\"input\":[1,2,3]}";

    @LocalServerPort
    int port;

    @Autowired
    Torch torch;

    @Autowired
    MemoryBudget budget;

    @Autowired
    Models models;

    private Api api;

    @BeforeEach
    void client() {
        api = new Api(port);
    }

    /** A long circuit of many passes; each light request is answered after a few of them, long before its end. */
    @Test
    void aLightRequestIsAnsweredBesideALongOne() {
        api.post("/attention", LIGHT);
        AtomicBoolean ended = new AtomicBoolean();
        CompletableFuture<Api.Reply> heavy = CompletableFuture.supplyAsync(() -> api.post("/circuits", circuits()))
                .whenComplete((r, e) -> ended.set(true));
        HeldEngine.waitFor(() -> torch.scheduler().running() == 1 || ended.get());
        int beside = 0;
        for (int i = 0; i < 5; i++) {
            assertThat(api.post("/attention", LIGHT).status()).isEqualTo(200);
            beside += ended.get() ? 0 : 1;
        }
        Api.Reply reply = heavy.join();
        assertThat(reply.status()).as(reply.text()).isEqualTo(200);
        assertThat(beside).isEqualTo(5);
    }

    private static String circuits() {
        String story = "When Mary and John went to the store , %s gave a drink to";
        return "{\"clean\":\"" + story.formatted("John") + "\",\"corrupted\":\"" + story.formatted("Mary")
                + "\",\"metric\":{\"type\":\"logit_difference\",\"answer\":\" Mary\",\"foil\":\" John\"}}";
    }

    @Test
    void aRequestThatWaitsForMemoryHoldsNoWorker() throws Exception {
        api.post("/attention", LIGHT);
        long free = budget.total() - budget.reserved();
        CompletableFuture<Api.Reply> waiting;
        try (Admission<?> all = models.admit("micro", "input", model -> () -> free)) {
            waiting = CompletableFuture.supplyAsync(() -> api.post("/attention", LIGHT));
            Thread.sleep(300); // long enough for the request to arrive
            assertThat(torch.scheduler().running()).isZero();
            assertThat(torch.scheduler().run(() -> "free")).isEqualTo("free");
            assertThat(waiting).isNotDone();
        }
        assertThat(waiting.join().status()).isEqualTo(200);
    }
}
