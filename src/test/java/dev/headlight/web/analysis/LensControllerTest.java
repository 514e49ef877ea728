package dev.headlight.web.analysis;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.headlight.model.Fixture;
import dev.headlight.web.Api;
import dev.headlight.web.Format;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** {@code POST /lens} in all its forms; gpt2 has a tuned lens in its folder. */
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT, properties = "headlight.device=cpu")
class LensControllerTest {
    private static final String FRANCE = "'input':'The capital of France is'";

    @TempDir
    static Path folder;

    @LocalServerPort
    int port;

    private Api api;

    @DynamicPropertySource
    static void models(DynamicPropertyRegistry registry) throws Exception {
        for (String name : new String[] {"gpt2", "other"}) {
            Fixture.copy("gpt2", Files.createDirectory(folder.resolve(name)));
        }
        Fixture.copy("gptj", Files.createDirectory(folder.resolve("gptj")));
        Files.copy(
                Fixture.resource("/tuned_lens").resolve("tuned_lens.safetensors"),
                folder.resolve("gpt2/tuned_lens.safetensors"));
        registry.add("headlight.models-dir", folder::toString);
    }

    @BeforeEach
    void client() {
        api = new Api(port);
    }

    private Api.Reply ask(String body, String accept) {
        return api.postJson("/lens", "{" + body + "}", accept);
    }

    private JsonObject json(String body) {
        Api.Reply reply = ask(body, "application/json");
        assertThat(reply.status()).as(reply.text()).isEqualTo(200);
        return reply.json();
    }

    private static JsonObject entry(JsonObject answer, int index) {
        return answer.getAsJsonArray("results")
                .get(0)
                .getAsJsonObject()
                .getAsJsonArray("lens")
                .get(index)
                .getAsJsonObject();
    }

    private static String top(JsonObject entry) {
        return entry.getAsJsonArray("top").get(0).getAsJsonObject().get("token").getAsString();
    }

    /** What docs/lens.md shows: the capital is known after layer 2, and certain after layer 3. */
    @Test
    void theEmbeddedModelKnowsTheCapitalAfterLayerTwo() {
        JsonObject answer = json(FRANCE + ",'positions':[-1],'targets':[' Paris']");
        assertThat(answer.getAsJsonArray("results")
                        .get(0)
                        .getAsJsonObject()
                        .get("logits")
                        .isJsonNull())
                .isTrue();
        JsonArray lens =
                answer.getAsJsonArray("results").get(0).getAsJsonObject().getAsJsonArray("lens");
        assertThat(lens).hasSize(4);
        assertThat(top(entry(answer, 1))).isNotEqualTo(" Paris");
        assertThat(top(entry(answer, 2))).isEqualTo(" Paris");
        double[] probability = new double[4];
        for (int layer = 0; layer < 4; layer++) {
            JsonObject target =
                    entry(answer, layer).getAsJsonArray("targets").get(0).getAsJsonObject();
            probability[layer] = target.get("probability").getAsDouble();
            assertThat(target.get("rank").getAsInt() == 0).isEqualTo(layer >= 2);
        }
        assertThat(probability).isSorted();
        assertThat(probability[3]).isGreaterThan(0.9);
        assertThat(entry(answer, 3).get("kl_divergence").getAsDouble()).isLessThan(1e-9);
    }

    @Test
    void aTunedLensIsAnotherOne() {
        String body = "'model':'gpt2','input':[3,4,5],'hook':'resid_pre'";
        JsonObject tuned = json(body + ",'lens':'tuned'");
        JsonObject logit = json(body);
        assertThat(entry(tuned, 0).get("kl_divergence"))
                .isNotEqualTo(entry(logit, 0).get("kl_divergence"));
        assertThat(json(body + ",'lens':'logit'")).isEqualTo(logit);
    }

    @ParameterizedTest
    @ValueSource(strings = {"image/png", "image/svg+xml"})
    void thePictureIsAGridOfTokens(String accept) {
        Api.Reply reply = ask(FRANCE, accept);
        assertThat(reply.status()).as(reply.text()).isEqualTo(200);
        assertThat(reply.type()).startsWith(accept);
        if (accept.endsWith("xml")) {
            assertThat(reply.text())
                    .contains(">␣Paris<")
                    .contains("probability of the top token")
                    .contains("micro, logit lens of resid_post");
        }
    }

    @Test
    void twoModelsAreComparedByTheirLogits() {
        String body = "'model':'gpt2','input':[3,4,5],'compare_to':'other'";
        JsonObject comparison = json(body + ",'return_logits':true").getAsJsonObject("comparison");
        assertThat(comparison.getAsJsonObject("difference").keySet()).containsExactly("0.logits");
        assertThat(ask(body + ",'return_logits':true", "image/svg+xml").text())
                .contains("other minus gpt2")
                .contains("difference of the top logit");
        Api.Reply without = ask(body, "image/png");
        assertThat(without.status()).isEqualTo(406);
        assertThat(without.text()).contains("compare_to");
    }

    @Test
    void theLogitsAreOneTensorAnInput() {
        String body = "'model':'gpt2','input':[[3,4,5],[7]],'return_logits':true";
        Api.Reply reply = ask(body, Format.SAFETENSORS_VALUE);
        assertThat(reply.status()).isEqualTo(200);
        int header = (int) ByteBuffer.wrap(reply.bytes())
                .order(java.nio.ByteOrder.LITTLE_ENDIAN)
                .getLong();
        assertThat(new String(reply.bytes(), 8, header, StandardCharsets.UTF_8))
                .contains("\"0.logits\"", "\"1.logits\"");
        assertThat(ask(body, Format.NPY_VALUE).status()).isEqualTo(406);
        assertThat(ask(body.replace("[[3,4,5],[7]]", "[3]"), Format.NPY_VALUE).status())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {Format.SAFETENSORS_VALUE, Format.NPY_VALUE})
    void withoutLogitsThereIsNoTensor(String accept) {
        Api.Reply reply = ask(FRANCE, accept);
        assertThat(reply.status()).isEqualTo(406);
        assertThat(reply.json().get("detail").getAsString())
                .startsWith("the answer holds no tensor without return_logits");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            "input":"a","hook":"pattern" | hook: pattern cannot be unembedded: must be one of resid_pre, attn_out, resid_mid, mlp_out, resid_post
            "model":"gptj","input":[1],"hook":"resid_mid" | hook: resid_mid cannot be unembedded: must be one of resid_pre, attn_out, mlp_out, resid_post
            "input":"a","hook":"blocks.9.hook_resid_post" | hook: 9 must be a layer in 0..3
            "input":"a","layers":[4] | layers[0]: 4 must be 0..3
            "input":"a","layers":[1,1] | layers[1]: 1 is repeated
            "input":"a","layers":[] | layers: must not be empty
            "input":"a","positions":[2] | positions[0]: 2 must be -2..1
            "input":"a","top_k":0 | top_k: 0 must be 1..1692
            "input":"a","top_k":1693 | top_k: 1693 must be 1..1692
            "input":"a","targets":[1692] | targets[0]: 1692 must be a token id in 0..1691
            "input":"a","targets":[3,3] | targets[1]: 3 is repeated
            "input":"a","targets":["two tokens"] | targets[0]: 'two tokens' is
            "input":"a","lens":"tuned" | lens: cannot be tuned: the folder of model micro holds no tuned_lens.safetensors
            "model":"gpt2","input":[1],"lens":"tuned","hook":"attn_out" | hook: attn_out has no tuned lens
            "input":"a","interventions":[{"hook":"z","layer":9,"action":{"type":"zero"}}] | interventions[0].layer: 9 must be a layer in 0..3
            "input":"a","normalise":"no" | normalise
            """)
    void whatCannotBeIsNamed(String body, String detail) {
        Api.Reply reply = ask(body, "application/json");
        assertThat(reply.status()).as(reply.text()).isEqualTo(422);
        assertThat(reply.json().get("detail").getAsString()).startsWith(detail);
    }
}
