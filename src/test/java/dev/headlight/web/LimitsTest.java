package dev.headlight.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.headlight.model.checkpoint.Torch;
import dev.headlight.model.store.Admission;
import dev.headlight.model.store.Models;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;

/** A service with narrow limits, one worker and room for one more request. */
@SpringBootTest(
        webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
        properties = {
            "headlight.device=cpu", "headlight.workers=1", "headlight.queue=1",
            "headlight.limits.tokens-per-input=16", "headlight.limits.inputs=2",
                    "headlight.limits.response-bytes=100KB",
            "headlight.limits.run-bytes=180KB", "headlight.limits.body-bytes=2KB",
                    "headlight.limits.picture-pixels=400000"
        })
class LimitsTest {
    @LocalServerPort
    int port;

    @Autowired
    Workers workers;

    @Autowired
    Torch torch;

    @Autowired
    Models models;

    private Api api;

    @BeforeEach
    void client() {
        api = new Api(port);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            /attention | {"input":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]} | 17 tokens | tokens-per-input
            /attention | {"input":"a a a a a a a a a a a a a a a a a a a a"} | tokens | tokens-per-input
            /attention | {"input":[[1],[1],[1]]} | 3 inputs | inputs
            /activations | {"input":[1,1,1,1,1,1,1,1,1,1],"hooks":["logits"]} | bytes of the answer | response-bytes
            /attention | {"input":[1,1,1,1,1,1,1,1,1,1,1,1,1,1]} | bytes of activations | run-bytes
            /attention | {"input":[1,1,1,1,1,1,1,1,1],"verify":true} | verify: | run-bytes
            /interventions | {"input":[1],"interventions":[{"hook":"z","layer":0,"action":{"type":"zero"}}],"top_k":1000} | bytes of the answer | response-bytes
            /activations/top | {"input":[1],"hook":"logits","k":1000} | bytes of the answer | response-bytes
            /activations | {"input":[1,1,1,1,1,1,1,1],"hooks":["blocks.*.attn.hook_pattern","blocks.*.mlp.hook_pre","blocks.*.mlp.hook_post","blocks.*.hook_resid_pre","blocks.*.hook_resid_mid","blocks.*.hook_resid_post","blocks.*.hook_mlp_out","blocks.*.hook_attn_out"],"positions":[0],"encoding":"base64"} | bytes of activations | run-bytes
            /interventions | {"input":[1],"interventions":[{"hook":"logits","action":{"type":"patch","source":[1]}},{"hook":"logits","action":{"type":"patch","source":[2,2,2,2,2,2,2,2,2,2,2,2],"source_positions":[0]},"positions":[0]},{"hook":"logits","action":{"type":"patch","source":[3,3,3,3,3,3,3,3,3,3,3,3],"source_positions":[0]},"positions":[0]},{"hook":"logits","action":{"type":"patch","source":[4,4,4,4,4,4,4,4,4,4,4,4],"source_positions":[0]},"positions":[0]},{"hook":"logits","action":{"type":"patch","source":[5,5,5,5,5,5,5,5,5,5,5,5],"source_positions":[0]},"positions":[0]},{"hook":"logits","action":{"type":"patch","source":[6,6,6,6,6,6,6,6,6,6,6,6],"source_positions":[0]},"positions":[0]},{"hook":"logits","action":{"type":"patch","source":[7,7,7,7,7,7,7,7,7,7,7,7],"source_positions":[0]},"positions":[0]}]} | bytes of activations | run-bytes
            /interventions | {"input":[1],"interventions":[{"hook":"z","layer":0,"positions":[0],"action":{"type":"patch","source":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],"source_positions":[0]}}]} | 17 tokens | tokens-per-input
            """)
    void whatIsLargerThanALimitIs413AndNamesIt(String path, String body, String found, String property) {
        Api.Reply reply = api.post(path, body);
        assertThat(reply.status()).as(reply.text()).isEqualTo(413);
        assertThat(reply.json().get("type").getAsString()).isEqualTo("/problems/too-large");
        assertThat(reply.json().get("detail").getAsString()).contains(found, "headlight.limits." + property);
        Api.Reply dry = api.post(path, body.substring(0, body.length() - 1) + ",\"dry_run\":true}");
        assertThat(dry.status()).as(dry.text()).isEqualTo(200);
        assertThat(dry.json().get("fits").getAsBoolean()).isFalse();
        assertThat(dry.json().getAsJsonArray("warnings").get(0).getAsString())
                .contains(found, "headlight.limits." + property);
        assertThat(dry.json().get("bytes").getAsLong()).isPositive();
    }

    /** The model's longest token has 13 characters, so that 209 characters are more than 16 tokens. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            /tokenize | {"input":"%s"} | input
            /tokenize | {"input":["a","%s"]} | input[1]
            /lens | {"input":"a","targets":[1,"%s"]} | targets[1]
            /interventions | {"input":"a","answer":"%s","foil":1,"interventions":[{"hook":"z","layer":0,"action":{"type":"zero"}}]} | answer
            /interventions | {"input":"a","answer":1,"foil":"%s","interventions":[{"hook":"z","layer":0,"action":{"type":"zero"}}]} | foil
            /interventions | {"input":"a","interventions":[{"hook":"z","layer":0,"action":{"type":"patch","source":"%s"}}]} | interventions[0].action.source
            /interventions | {"input":"a","interventions":[{"hook":"z","layer":0,"action":{"type":"mean","reference":["%s"]}}]} | interventions[0].action.reference[0]
            /patching | {"clean":"%s","corrupted":"a","hook":"resid_post","over":["layer","position"],"metric":{"type":"logit","answer":1}} | clean
            /patching | {"clean":"a","corrupted":"%s","hook":"resid_post","over":["layer","position"],"metric":{"type":"logit","answer":1}} | corrupted
            /patching | {"clean":"a","corrupted":"a","hook":"resid_post","over":["layer","position"],"metric":{"type":"logit","answer":"%s"}} | metric.answer
            """)
    void aTextThatIsCertainlyTooLongIsRefusedBeforeItIsEncoded(String path, String body, String field) {
        String text = "ab ".repeat(69) + "ab";
        long allowed = encodings();
        api.post(path, body.formatted("b")); // no other text of these requests
        allowed = encodings() - allowed;
        long before = encodings();
        Api.Reply reply = api.post(path, body.formatted(text));
        assertThat(reply.status()).as(reply.text()).isEqualTo(413);
        assertThat(reply.json().get("detail").getAsString())
                .contains(field + ": 17 tokens, at the least,", "limit of 16 (headlight.limits.tokens-per-input)");
        assertThat(encodings() - before).isLessThan(allowed);
    }

    private long encodings() {
        try (Admission<?> admission = models.admit(null, "test")) {
            return admission.model().text().encodings();
        }
    }

    @Test
    void aListThatIsFarTooLongIsCountedWhole() {
        String ids = "[" + "1,".repeat(900) + "1]";
        Api.Reply one = api.post("/attention", "{\"input\":" + ids + "}");
        assertThat(one.json().get("detail").getAsString()).contains("input: 901 tokens");
        Api.Reply lists = api.post("/attention", "{\"input\":[" + "[],".repeat(600) + "[]]}");
        assertThat(lists.json().get("detail").getAsString()).contains("input: 601 inputs");
        Api.Reply wrong = api.post("/attention", "{\"input\":[" + "1,".repeat(900) + "true]}");
        Problems.assertInvalid(wrong, "input[900]", "must be a text, a list of token ids");
    }

    @Test
    void manyTimesMoreInputsThanTheLimitAreRefusedWithoutADryRun() {
        String body = "{\"input\":[[1],[1],[1],[1],[1],[1],[1],[1]%s],\"dry_run\":true}";
        assertThat(api.post("/attention", body.formatted("")).status()).isEqualTo(200);
        assertThat(api.post("/attention", body.formatted(",[1]")).status()).isEqualTo(413);
    }

    @Test
    void aPictureIsDrawnCoarserToHaveItsLargestSize() throws IOException {
        Api.Reply reply = api.post("/attention", "{\"input\":[1,2,3]}", "image/png");
        assertThat(reply.status()).isEqualTo(200);
        BufferedImage picture = ImageIO.read(new ByteArrayInputStream(reply.bytes()));
        assertThat(picture.getWidth() * picture.getHeight()).isLessThanOrEqualTo(400_000);
    }

    @Test
    void aLargeBodyIs413WhetherItsLengthIsAnnouncedOrNot() {
        String body = "{\"input\":[" + "1,".repeat(5000) + "1]}";
        assertThat(api.post("/attention", body).status()).isEqualTo(413);
        HttpRequest chunked = HttpRequest.newBuilder(api.uri("/attention"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.fromPublisher(HttpRequest.BodyPublishers.ofString(body)))
                .build();
        Api.Reply reply = api.send(chunked);
        HttpRequest form = HttpRequest.newBuilder(api.uri("/attention"))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .PUT(HttpRequest.BodyPublishers.ofString(body))
                .build();
        assertThat(api.send(form).status()).isEqualTo(413);
        assertThat(reply.status()).as(reply.text()).isEqualTo(413);
        assertThat(reply.json().get("detail").getAsString()).contains("body-bytes");
    }

    @Test
    void aFullQueueIs429WithRetryAfterAndWhatWasAcceptedIsAnswered() throws Exception {
        CountDownLatch busy = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        CompletableFuture<Integer> running = CompletableFuture.supplyAsync(() ->
                workers.run(() -> torch.scheduler().run(() -> {
                    busy.countDown();
                    await(release);
                    return 1;
                })));
        await(busy);
        CompletableFuture<Integer> one = CompletableFuture.supplyAsync(this::status);
        CompletableFuture<Integer> other = CompletableFuture.supplyAsync(this::status);
        Object first = CompletableFuture.anyOf(one, other).get(30, TimeUnit.SECONDS); // one waits, the other is refused
        assertThat(first).isEqualTo(429);
        Api.Reply refused = api.post("/attention", "{\"input\":[1]}");
        assertThat(refused.status()).isEqualTo(429);
        assertThat(api.post("/attention", "{\"input\":[1],\"dry_run\":true}").status())
                .isEqualTo(200); // takes no worker
        assertThat(refused.header("Retry-After")).isEqualTo("1");
        assertThat(refused.json().get("type").getAsString()).isEqualTo("/problems/queue-full");
        release.countDown();
        assertThat(List.of(one.get(30, TimeUnit.SECONDS), other.get(30, TimeUnit.SECONDS)))
                .containsExactlyInAnyOrder(200, 429);
        running.get(30, TimeUnit.SECONDS);
    }

    private int status() {
        return api.post("/attention", "{\"input\":[1]}").status();
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
