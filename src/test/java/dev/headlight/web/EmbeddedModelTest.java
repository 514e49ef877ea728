package dev.headlight.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.web.server.LocalServerPort;

/**
 * The contrasts that docs/embedded-model.md measured with Transformers: what the circuits of the embedded model do, and what
 * other heads of the same layers do not.
 */
@RunningService
class EmbeddedModelTest {
    private static final int VOCABULARY = 1692;
    private static final int BLOCK = 25;
    private static final int ROWS = 6;

    @LocalServerPort
    private int port;

    private JsonObject ask(String path, JsonObject body) {
        Api.Reply reply = new Api(port).post(path, body);
        assertThat(reply.status()).as(reply.text()).isEqualTo(200);
        return reply.json();
    }

    private static JsonObject json(String text) {
        return JsonParser.parseString(text.replace('\'', '"')).getAsJsonObject();
    }

    /** Each as layer.head, by zero or by its mean. */
    private static JsonArray ablated(String action, String... heads) {
        JsonArray interventions = new JsonArray();
        for (String head : heads) {
            String[] at = head.split("\\.");
            interventions.add(json(
                    "{'hook':'z','layer':" + at[0] + ",'heads':[" + at[1] + "],'action':{'type':'" + action + "'}}"));
        }
        return interventions;
    }

    // ---- induction

    /** A first token, then random tokens twice. */
    private static List<List<Integer>> repeats() {
        Random random = new Random(906);
        List<List<Integer>> rows = new ArrayList<>();
        for (int row = 0; row < ROWS; row++) {
            List<Integer> block = random.ints(BLOCK, 1, VOCABULARY).boxed().toList();
            List<Integer> ids = new ArrayList<>(List.of(0));
            ids.addAll(block);
            ids.addAll(block);
            rows.add(ids);
        }
        return rows;
    }

    /** Share of the second copy that is the likeliest token where it can be predicted. */
    private double accuracy(String which, JsonArray interventions) {
        List<List<Integer>> rows = repeats();
        JsonObject body = json("{'capture':['logits'],'encoding':'base64'}");
        JsonArray input = new JsonArray();
        rows.forEach(row -> {
            JsonArray ids = new JsonArray();
            row.forEach(ids::add);
            input.add(ids);
        });
        body.add("input", input);
        body.add("interventions", interventions);
        JsonArray results = ask("/interventions", body).getAsJsonArray("results");
        int right = 0;
        for (int row = 0; row < ROWS; row++) {
            float[] logits = floats(results.get(row)
                    .getAsJsonObject()
                    .getAsJsonObject("captured")
                    .getAsJsonObject("logits")
                    .getAsJsonObject(which));
            for (int at = BLOCK + 1; at < 2 * BLOCK; at++) {
                right += likeliest(logits, at) == rows.get(row).get(at + 1) ? 1 : 0;
            }
        }
        return right / (double) (ROWS * (BLOCK - 1));
    }

    private static int likeliest(float[] logits, int position) {
        int best = 0;
        for (int token = 0; token < VOCABULARY; token++) {
            best = logits[position * VOCABULARY + token] > logits[position * VOCABULARY + best] ? token : best;
        }
        return best;
    }

    private static float[] floats(JsonObject tensor) {
        byte[] bytes = Base64.getDecoder().decode(tensor.get("data").getAsString());
        float[] values = new float[bytes.length / Float.BYTES];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
        return values;
    }

    @Test
    void withoutItsInductionHeadsItRepeatsNothingAndWithoutOthersOfTheLayerAllTheSame() {
        double whole = accuracy("original", ablated("zero", "2.0", "2.1"));
        assertThat(whole).isGreaterThan(.97);
        assertThat(accuracy("modified", ablated("zero", "2.0", "2.1"))).isLessThan(.02);
        assertThat(accuracy("modified", ablated("mean", "2.0", "2.1"))).isLessThan(.02);
        for (String[] control : new String[][] {{"2.2", "2.3"}, {"2.4", "2.5"}, {"2.6", "2.7"}}) {
            assertThat(whole - accuracy("modified", ablated("zero", control))).isLessThan(.02);
        }
    }

    // ---- names

    private static final String[][] NAMES = {
        {"Mary", "John"}, {"Tom", "Lucy"}, {"Anna", "Paul"}, {"Kate", "Ben"}, {"Rose", "Simon"}, {"Alice", "George"}
    };

    /** Mean share of the logit difference, right name less the giver's, that goes with the heads. */
    private double shareOfNames(String... heads) {
        double lost = 0;
        for (String[] pair : NAMES) {
            JsonObject body = json("{}");
            body.addProperty(
                    "input",
                    "When %s and %s went to the store , %s gave a drink to".formatted(pair[0], pair[1], pair[1]));
            body.add("interventions", ablated("zero", heads));
            body.addProperty("answer", " " + pair[0]);
            body.addProperty("foil", " " + pair[1]);
            JsonObject difference = ask("/interventions", body)
                    .getAsJsonArray("results")
                    .get(0)
                    .getAsJsonObject()
                    .getAsJsonObject("effect")
                    .getAsJsonObject("logit_difference");
            lost += -difference.get("change").getAsDouble()
                    / difference.get("original").getAsDouble();
        }
        return lost / NAMES.length;
    }

    @Test
    void fiveHeadsCarryTheNameAndAsManyOthersOfTheirLayersDoNot() {
        assertThat(shareOfNames("0.3", "1.0", "2.2", "3.1", "3.0")).isGreaterThan(.85);
        assertThat(shareOfNames("0.5", "1.6", "2.0", "3.2", "3.3")).isBetween(-.15, .15);
        assertThat(shareOfNames("0.1", "1.5", "2.5", "3.6", "3.7")).isBetween(-.15, .15);
    }

    // ---- facts

    private static final String[][] CAPITALS = {
        {"France", "Paris", "Italy", "Rome"},
        {"Spain", "Madrid", "Greece", "Athens"},
        {"Ireland", "Dublin", "Peru", "Lima"}
    };

    /** [layer, position], the share of the logit difference that comes back; mean over pairs of subjects. */
    private double[][] tracing(String hook) {
        double[][] mean = new double[4][6];
        for (String[] pair : CAPITALS) {
            JsonObject body = json("{'over':['layer','position'],'metric':{'type':'logit_difference'}}");
            body.addProperty("clean", "The capital of " + pair[0] + " is");
            body.addProperty("corrupted", "The capital of " + pair[2] + " is");
            body.addProperty("hook", hook);
            body.getAsJsonObject("metric").addProperty("answer", " " + pair[1]);
            body.getAsJsonObject("metric").addProperty("foil", " " + pair[3]);
            JsonArray rows =
                    ask("/patching", body).getAsJsonObject("normalised").getAsJsonArray("data");
            for (int layer = 0; layer < 4; layer++) {
                JsonArray row = rows.get(layer).getAsJsonArray();
                for (int position = 0; position < 6; position++) {
                    JsonElement share = row.get(position);
                    mean[layer][position] += share.getAsDouble() / CAPITALS.length;
                }
            }
        }
        return mean;
    }

    /** Positions: the end of text, The, capital, of, the subject, is. */
    @Test
    void aFactMovesInLayersZeroAndTwoAndTheLastMlpTurnsItIntoTheAnswer() {
        double[][] stream = tracing("resid_post");
        assertThat(stream[0][4]).isCloseTo(.34, within(.2));
        assertThat(stream[1][4]).isCloseTo(.33, within(.2));
        assertThat(stream[2][4]).isLessThan(.1);
        assertThat(stream[0][5]).isCloseTo(.66, within(.2));
        assertThat(stream[2][5]).isGreaterThan(.9);
        assertThat(stream[3][5]).isCloseTo(1, within(1e-4));
        double[][] mlp = tracing("mlp_out");
        for (int layer = 0; layer < 4; layer++) {
            assertThat(Math.abs(mlp[layer][4])).isLessThan(.1); // no MLP at the subject
            assertThat(layer == 3 || mlp[layer][5] < mlp[3][5] / 2).isTrue();
        }
        assertThat(mlp[3][5]).isGreaterThan(.3);
    }
}
