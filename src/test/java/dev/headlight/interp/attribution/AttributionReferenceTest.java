package dev.headlight.interp.attribution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.headlight.interp.Requests;
import dev.headlight.interp.metric.Metric;
import dev.headlight.interp.session.Session;
import dev.headlight.model.Fixture;
import dev.headlight.tensor.AnswerMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against autograd through Transformers' own modules, {@code tools/fixtures/attribution.py}. */
class AttributionReferenceTest {
    private static JsonObject reference(String name) throws IOException {
        return JsonParser.parseString(Files.readString(Fixture.resource("/attribution.json")))
                .getAsJsonObject()
                .getAsJsonObject(name);
    }

    private static int[] integers(JsonArray json) {
        return json.asList().stream().mapToInt(e -> e.getAsInt()).toArray();
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt2", "llama", "gemma2", "opt_post", "bloom", "granite"})
    void everyComponentAddsWhatAutogradSays(String name) throws IOException {
        JsonObject wanted = reference(name);
        try (AnswerMemory kept = new AnswerMemory()) {
            Session session = Requests.session(Fixture.of(name).model(), kept);
            Metric metric = new Metric(
                    Metric.Type.LOGIT_DIFFERENCE,
                    wanted.get("answer").getAsInt(),
                    wanted.get("foil").getAsInt(),
                    wanted.get("position").getAsInt());
            Attribution.Result result = Attribution.compute(
                            session,
                            Requests.inputs(session, integers(wanted.getAsJsonArray("ids"))),
                            new Attribution.Query(metric, null, false, false, null, List.of(), true))
                    .results()
                    .get(0);
            assertThat(result.logit().get(0)).isCloseTo(wanted.get("logit").getAsDouble(), offset(2e-5));
            LogitComponents parts = result.components();
            JsonArray heads = wanted.getAsJsonArray("heads");
            int perLayer = heads.get(0).getAsJsonArray().size();
            for (int layer = 0; layer < heads.size(); layer++) {
                for (int head = 0; head < perLayer; head++) {
                    close(
                            parts.heads().toFloats()[layer * perLayer + head],
                            heads.get(layer).getAsJsonArray().get(head).getAsDouble());
                }
                close(
                        parts.mlps().toFloats()[layer],
                        wanted.getAsJsonArray("mlps").get(layer).getAsDouble());
            }
            JsonArray biases = wanted.getAsJsonArray("attention_bias");
            for (int layer = 0; layer < heads.size(); layer++) {
                close(
                        parts.attentionBias().toFloats()[layer],
                        biases.isEmpty() ? 0 : biases.get(layer).getAsDouble());
            }
            close(
                    parts.tokenEmbedding().toFloats()[0],
                    wanted.get("token_embedding").getAsDouble());
            close(
                    parts.positionEmbedding().toFloats()[0],
                    wanted.has("position_embedding")
                            ? wanted.get("position_embedding").getAsDouble()
                            : 0);
        }
    }

    /** One with LayerNorm, and one whose heads share keys and values. */
    @ParameterizedTest
    @ValueSource(strings = {"gpt2", "llama"})
    void aHeadsCircuitsAreTheProductsOfItsWeights(String name) throws IOException {
        JsonObject wanted = reference(name).getAsJsonObject("circuit");
        int layer = wanted.get("layer").getAsInt();
        int head = wanted.get("head").getAsInt();
        try (NDManager manager = Fixture.TORCH.newManager()) {
            int[] tokens = integers(wanted.getAsJsonArray("tokens"));
            NDArray ids = manager.create(new long[] {tokens[0], tokens[1]});
            close(Fixture.of(name).model().weightAnalyses().ov(layer, head, ids), wanted.getAsJsonArray("ov"));
            close(Fixture.of(name).model().weightAnalyses().qk(layer, head, ids), wanted.getAsJsonArray("qk"));
        }
    }

    private static void close(NDArray ours, JsonArray rows) {
        float[] values = ours.toFloatArray();
        int width = rows.get(0).getAsJsonArray().size();
        assertThat(values).hasSize(rows.size() * width);
        for (int i = 0; i < values.length; i++) {
            close(values[i], rows.get(i / width).getAsJsonArray().get(i % width).getAsDouble());
        }
    }

    private static void close(double ours, double wanted) {
        assertThat(ours).isCloseTo(wanted, offset(1e-5 + 1e-5 * Math.abs(wanted)));
    }
}
