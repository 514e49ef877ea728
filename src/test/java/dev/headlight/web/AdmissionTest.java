package dev.headlight.web;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import dev.headlight.model.store.Admission;
import dev.headlight.model.store.Models;
import java.util.Collections;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;

/** A service with memory for the embedded model (10.3 MB) and little beside it. */
@SpringBootTest(
        webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
        properties = {"headlight.device=cpu", "headlight.memory-budget=10800KB", "headlight.memory-wait=2s"})
class AdmissionTest {
    private static final long HELD = 600_000; // most of what is beside the model

    @LocalServerPort
    int port;

    @Autowired
    Models models;

    private Api api;

    @BeforeEach
    void client() {
        api = new Api(port);
    }

    private static String body(int tokens, String more) {
        return "{\"input\":[" + String.join(",", Collections.nCopies(tokens, "1")) + "]" + more + "}";
    }

    private Admission<?> holdMemory() {
        return models.admit(null, "test", model -> () -> HELD);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            /attention | ''
            /activations | ,"hooks":["blocks.*.hook_resid_post","blocks.*.attn.hook_pattern"]
            /activations/top | ,"layer":0,"hook":"mlp_post"
            /interventions | ,"interventions":[{"hook":"z","layer":0,"action":{"type":"zero"}}]
            """)
    void whatCanNeverFitIs413WithBothNumbersAndADryRunSaysSo(String path, String more) {
        JsonObject estimate =
                api.post(path, body(120, more + ",\"dry_run\":true")).json();
        assertThat(estimate.get("fits").getAsBoolean()).isFalse();
        Api.Reply reply = api.post(path, body(120, more));
        assertThat(reply.status()).as(reply.text()).isEqualTo(413);
        long room = 10_800L * 1024 - weights();
        String why = "input: " + estimate.get("bytes").getAsLong() + " bytes of memory are more than the limit of "
                + room + " (headlight.memory-budget)";
        assertThat(reply.json().get("detail").getAsString()).isEqualTo(why);
        assertThat(estimate.getAsJsonArray("warnings").get(0).getAsString()).isEqualTo("does not fit: " + why);
        assertThat(reply.json().get("type").getAsString()).isEqualTo("/problems/too-large");
        JsonObject less = api.post(path, body(20, more + ",\"dry_run\":true")).json();
        assertThat(less.get("fits").getAsBoolean()).isTrue();
        assertThat(less.get("bytes").getAsLong()).isLessThan(room);
        assertThat(api.post(path, body(20, more)).status()).isEqualTo(200);
    }

    private long weights() {
        return api.get("/models/micro").json().get("weight_bytes").getAsLong();
    }

    @Test
    void whatDoesNotFitNowWaitsForAnotherAndThenRuns() throws Exception {
        CompletableFuture<Api.Reply> waiting;
        try (Admission<?> other = holdMemory()) {
            waiting = CompletableFuture.supplyAsync(() -> api.post("/attention", body(40, "")));
            Thread.sleep(500);
            assertThat(waiting).isNotDone();
            assertThat(api.post("/attention", body(2, "")).status())
                    .isEqualTo(200); // what fits beside it waits for nobody
            assertThat(api.post("/attention", body(40, ",\"dry_run\":true"))
                            .json()
                            .get("fits")
                            .getAsBoolean())
                    .isTrue(); // it tells of an idle machine, and answers at once
        }
        assertThat(waiting.get(30, TimeUnit.SECONDS).status()).isEqualTo(200);
    }

    @Test
    void whatWaitsTooLongIs429WithRetryAfterAndNothingOfItIsHeld() {
        try (Admission<?> other = holdMemory()) {
            Api.Reply reply = api.post("/attention", body(40, ""));
            assertThat(reply.status()).as(reply.text()).isEqualTo(429);
            assertThat(reply.header("Retry-After")).isEqualTo("5");
            assertThat(reply.json().get("type").getAsString()).isEqualTo("/problems/memory-full");
            long bytes = api.post("/attention", body(40, ",\"dry_run\":true"))
                    .json()
                    .get("bytes")
                    .getAsLong();
            assertThat(reply.json().get("detail").getAsString())
                    .contains("needs " + bytes + " bytes of memory", "of " + 10_800 * 1024 + " bytes are free");
        }
        assertThat(api.post("/attention", body(40, "")).status()).isEqualTo(200);
    }
}
