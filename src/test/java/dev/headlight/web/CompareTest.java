package dev.headlight.web;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.headlight.model.Fixture;
import dev.headlight.tensor.SafetensorsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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

/** A base model and its fine-tune, side by side. */
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT, properties = "headlight.device=cpu")
class CompareTest {
    private static final String INPUT = "\"model\":\"base\",\"compare_to\":\"tuned\",\"input\":[5,6,7,8]";

    @TempDir
    static Path folder;

    @LocalServerPort
    int port;

    private Api api;

    /** The fine-tune: some bytes of the weights are others. */
    @DynamicPropertySource
    static void models(DynamicPropertyRegistry registry) throws IOException {
        for (String name : List.of("base", "tuned")) {
            Fixture.copy("llama", Files.createDirectory(folder.resolve(name)));
        }
        Fixture.copy("gpt2", Files.createDirectory(folder.resolve("other")));
        Path weights = folder.resolve("tuned/model.safetensors");
        byte[] bytes = Files.readAllBytes(weights);
        for (int i = bytes.length - 4000; i < bytes.length; i += 4) {
            bytes[i + 2] ^= 0x40; // half of each value's leading digit
        }
        Files.write(weights, bytes);
        registry.add("headlight.models-dir", folder::toString);
    }

    @BeforeEach
    void client() {
        api = new Api(port);
    }

    private JsonObject ask(String path, String body) {
        Api.Reply reply = api.post(path, body);
        assertThat(reply.status()).as(reply.text()).isEqualTo(200);
        return reply.json();
    }

    private static List<Double> numbers(JsonElement data) {
        List<Double> numbers = new ArrayList<>();
        if (data.isJsonArray()) {
            data.getAsJsonArray().forEach(e -> numbers.addAll(numbers(e)));
        } else {
            numbers.add(data.isJsonNull() ? Double.NEGATIVE_INFINITY : data.getAsDouble());
        }
        return numbers;
    }

    private static void requireDifference(JsonElement difference, JsonElement own, JsonElement theirs) {
        List<Double> minus = numbers(own.getAsJsonObject().get("data"));
        List<Double> from = numbers(theirs.getAsJsonObject().get("data"));
        List<Double> found = numbers(difference.getAsJsonObject().get("data"));
        assertThat(found).hasSameSizeAs(from);
        double largest = 0;
        for (int i = 0; i < found.size(); i++) {
            double expected = from.get(i).equals(minus.get(i)) ? 0 : from.get(i) - minus.get(i);
            assertThat(found.get(i)).isCloseTo(expected, org.assertj.core.data.Offset.offset(1e-6));
            largest = Math.max(largest, Math.abs(found.get(i)));
        }
        assertThat(largest).isPositive();
    }

    @ParameterizedTest
    @ValueSource(strings = {"pattern", "scores"})
    void attentionOfBothAndItsDifference(String kind) {
        JsonObject answer = ask("/attention", "{" + INPUT + ",\"kind\":\"" + kind + "\",\"verify\":true}");
        JsonObject comparison = answer.getAsJsonObject("comparison");
        assertThat(comparison.get("model").getAsString()).isEqualTo("tuned");
        JsonObject other = comparison.getAsJsonObject("answer");
        assertThat(other.get("model").getAsString()).isEqualTo("tuned");
        assertThat(other.keySet()).doesNotContain("comparison", "verification");
        assertThat(answer.has("verification")).isTrue();
        JsonObject alone = ask("/attention", "{\"model\":\"tuned\",\"input\":[5,6,7,8],\"kind\":\"" + kind + "\"}");
        assertThat(other.get("results")).isEqualTo(alone.get("results"));
        requireDifference(
                comparison.getAsJsonObject("difference").get("0.attention"), attention(answer), attention(other));
    }

    private static JsonElement attention(JsonObject answer) {
        return answer.getAsJsonArray("results").get(0).getAsJsonObject().get("attention");
    }

    @Test
    void activationsAndInterventionsOfBoth() {
        JsonObject a = ask("/activations", "{" + INPUT + ",\"hooks\":[\"blocks.1.hook_resid_post\"]}");
        JsonObject comparison = a.getAsJsonObject("comparison");
        assertThat(comparison.getAsJsonObject("difference").keySet()).containsExactly("0.blocks.1.hook_resid_post");
        String edits =
                ",\"interventions\":[{\"hook\":\"z\",\"layer\":0,\"action\":{\"type\":\"noise\",\"std\":0.5}}],\"capture\":[\"logits\"]}";
        JsonObject i = ask("/interventions", "{" + INPUT + edits);
        JsonObject other = i.getAsJsonObject("comparison").getAsJsonObject("answer");
        assertThat(other.get("seeds")).isEqualTo(i.get("seeds")); // the same noise in both
        assertThat(i.getAsJsonObject("comparison").getAsJsonObject("difference").keySet())
                .containsExactlyInAnyOrder("0.logits.original", "0.logits.modified");
        JsonArray top = ask("/activations/top", "{" + INPUT + ",\"layer\":1,\"k\":3}")
                .getAsJsonObject("comparison")
                .getAsJsonObject("answer")
                .getAsJsonArray("top");
        assertThat(top).hasSize(3);
    }

    @Test
    void safetensorsHoldAllThree() throws IOException {
        Path file = Files.write(
                folder.resolve("answer"),
                api.post("/attention", "{" + INPUT + "}", Format.SAFETENSORS_VALUE)
                        .bytes());
        assertThat(new SafetensorsFile(file).names())
                .containsExactlyInAnyOrder("0.attention", "compare_to.0.attention", "difference.0.attention");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            /attention | ,"layers":[1]
            /activations | ,"hooks":["blocks.0.hook_resid_post"]
            /interventions | ,"interventions":[{"hook":"z","layer":0,"action":{"type":"zero"}}],"capture":["logits"]
            """)
    void aPictureDrawsTheDifference(String path, String more) {
        Api.Reply svg = api.post(path, "{" + INPUT + more + "}", Format.SVG_VALUE);
        assertThat(svg.status()).as(svg.text()).isEqualTo(200);
        assertThat(svg.text()).contains("tuned minus base").contains("difference of");
    }

    @Test
    void aDryRunCountsBoth() {
        long one = ask("/attention", "{\"model\":\"base\",\"input\":[5,6,7,8],\"dry_run\":true}")
                .get("flops")
                .getAsLong();
        assertThat(ask("/attention", "{" + INPUT + ",\"dry_run\":true}")
                        .get("flops")
                        .getAsLong())
                .isEqualTo(2 * one);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            /attention | {"model":"base","compare_to":"other","input":[5]} | application/json | 422 | compare_to
            /attention | {"model":"base","compare_to":"none","input":[5]} | application/json | 404 | none
            /attention | {"model":"base","compare_to":5,"input":[5]} | application/json | 422 | compare_to
            /attention | {"model":"base","compare_to":"tuned","input":[5]} | application/x-npy | 406 | compare_to
            /activations/top | {"model":"base","compare_to":"tuned","input":[5],"layer":0} | image/png | 406 | compare_to
            """)
    void whatCannotBeComparedSaysSo(String path, String body, String accept, int status, String named) {
        Api.Reply reply = api.post(path, body, accept);
        assertThat(reply.status()).as(reply.text()).isEqualTo(status);
        assertThat(reply.json().get("detail").getAsString()).contains(named);
    }
}
