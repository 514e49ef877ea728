package dev.headlight.interp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.headlight.interp.intervene.Interventions;
import dev.headlight.interp.metric.Effect;
import dev.headlight.interp.read.Activations;
import dev.headlight.interp.read.AttentionPatterns;
import dev.headlight.interp.session.Input;
import dev.headlight.interp.session.Session;
import dev.headlight.interp.session.TokenName;
import dev.headlight.model.Fixture;
import dev.headlight.model.HookedModel;
import dev.headlight.model.Reference;
import dev.headlight.model.arch.Architectures;
import dev.headlight.model.checkpoint.Checkpoint;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.text.Encoded;
import dev.headlight.tensor.AnswerMemory;
import dev.headlight.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A language model that people use, from text to numbers, against Transformers. The system property
 * {@code headlight.smollm2} names the folder that tools/smollm2 makes.
 */
@Tag("slow")
@EnabledIfSystemProperty(
        named = "headlight.smollm2",
        matches = ".+",
        disabledReason = "-Dheadlight.smollm2 names no folder; tools/smollm2/README.md tells how to make it")
class SmolLm2Test {
    private static final Map<String, String> TEXTS = new HashMap<>(); // by prompt

    private static Map<String, Reference> want;
    private static HookedModel model;

    private final AnswerMemory kept = new AnswerMemory();

    @BeforeAll
    static void load() throws IOException {
        json("golden.json").getAsJsonObject().getAsJsonArray("tensors").forEach(tensor -> {
            String name = tensor.getAsJsonObject().get("name").getAsString();
            if (name.endsWith("/input_ids")) {
                String text = tensor.getAsJsonObject()
                        .getAsJsonObject("args")
                        .get("text")
                        .getAsString();
                TEXTS.put(name.substring(0, name.indexOf('/')), text);
            }
        });
        want = Reference.readAll(Fixture.resource("/smollm2/golden.safetensors"));
        model = new Architectures()
                .load("smollm2", new Checkpoint(Path.of(System.getProperty("headlight.smollm2"))), Fixture.TORCH);
    }

    @AfterAll
    static void unload() {
        model.close();
    }

    @AfterEach
    void close() {
        kept.close();
    }

    private Session session() {
        return Requests.session(model, kept);
    }

    private List<Encoded> encoded(String prompt) {
        return session().encode(new Input("input", List.of(new Input.Text(TEXTS.get(prompt))), true), true);
    }

    private Tensor activation(List<Encoded> inputs, String hook, int... positions) {
        HookName name = model.hookPoints().all("hooks", List.of(hook)).get(0);
        List<Integer> chosen = Arrays.stream(positions).boxed().toList();
        return Activations.compute(
                        session(), inputs, new Activations.Query(List.of(name), chosen.isEmpty() ? null : chosen))
                .results()
                .get(0)
                .activations()
                .get(hook);
    }

    private static Reference golden(String prompt, String name) {
        return want.get(prompt + "/" + name);
    }

    private static double logSumExp(float[] logits) {
        double largest = IntStream.range(0, logits.length)
                .mapToDouble(i -> logits[i])
                .max()
                .orElseThrow();
        return largest
                + Math.log(IntStream.range(0, logits.length)
                        .mapToDouble(i -> Math.exp(logits[i] - largest))
                        .sum());
    }

    private static JsonElement json(String file) throws IOException {
        return JsonParser.parseString(Files.readString(Fixture.resource("/smollm2/" + file)));
    }

    static Stream<JsonElement> texts() throws IOException {
        return json("tokenizer_golden.json").getAsJsonArray().asList().stream();
    }

    @ParameterizedTest
    @MethodSource("texts")
    void aTextBecomesTheTokensThatTheModelWasTrainedOn(JsonElement element) {
        JsonObject golden = element.getAsJsonObject();
        Encoded ours = model.text().encode("input", golden.get("text").getAsString(), true, (count, exact) -> {});
        assertThat(ours.ids()).isEqualTo(Fixture.ids(golden.get("ids")));
        assertThat(ours.rawTokens())
                .isEqualTo(golden.getAsJsonArray("tokens").asList().stream()
                        .map(JsonElement::getAsString)
                        .toList());
        assertThat(ours.offsets().stream().map(Arrays::toString))
                .isEqualTo(golden.getAsJsonArray("offsets").asList().stream()
                        .map(Fixture::ids)
                        .map(Arrays::toString)
                        .toList());
        assertThat(String.join("", ours.tokens()))
                .isEqualTo(golden.get("decoded").getAsString());
        assertThat(ours.specialTokens()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"france", "ioi", "ioi_corrupt", "story"})
    void theNextTokensAreThose(String prompt) {
        List<Encoded> inputs = encoded(prompt);
        assertThat(inputs.get(0).ids())
                .isEqualTo(golden(prompt, "input_ids").row(0).ints());
        float[] logits = activation(inputs, "logits", -1).toFloats();
        int[] ids = golden(prompt, "last_top50.ids").ints();
        double[] values = golden(prompt, "last_top50.logits").values();
        for (int i = 0; i < ids.length; i++) {
            Reference.requireClose("logit of " + model.text().token(ids[i]), logits[ids[i]], values[i]);
        }
        double fiftieth = values[ids.length - 1];
        assertThat(IntStream.range(0, logits.length)
                        .filter(id -> logits[id] > fiftieth + 1e-3)
                        .filter(id -> Arrays.stream(ids).noneMatch(i -> i == id)))
                .as("likelier tokens that are not among the fifty")
                .isEmpty();
        double sum = logSumExp(logits);
        Reference.requireClose(
                "logsumexp", sum, golden(prompt, "last_logsumexp").values()[0]);
        double[] probabilities = golden(prompt, "top10.probs").values();
        for (int i = 0; i < probabilities.length; i++) {
            Reference.requireClose("probability", Math.exp(logits[ids[i]] - sum), probabilities[i]);
        }
    }

    @Test
    void theLikeliestTokensContinueTheTextAsGenerated() {
        int[] ids = golden("france", "greedy_ids").row(0).ints();
        Tensor logits = activation(Requests.inputs(session(), ids), "logits");
        for (int i = encoded("france").get(0).length() - 1; i < ids.length - 1; i++) {
            float[] row = Tensors.row(logits.toFloats(), ids.length, i);
            int likeliest = IntStream.range(0, row.length)
                    .reduce((a, b) -> row[b] > row[a] ? b : a)
                    .orElseThrow();
            assertThat(likeliest).as("token " + (i + 1)).isEqualTo(ids[i + 1]);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"france", "ioi", "ioi_corrupt", "story"})
    void everyTokenIsAsSurprising(String prompt) {
        List<Encoded> inputs = encoded(prompt);
        int[] ids = inputs.get(0).ids();
        float[] logits = activation(inputs, "logits").toFloats();
        double[] losses = golden(prompt, "token_losses").values();
        for (int i = 0; i < losses.length; i++) {
            float[] row = Tensors.row(logits, ids.length, i);
            Reference.requireClose("loss of token " + (i + 1), logSumExp(row) - row[ids[i + 1]], losses[i]);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"france", "ioi", "ioi_corrupt", "story"})
    void theHeadsLookWhereTheyLook(String prompt) {
        Tensor attention = AttentionPatterns.compute(
                        session(),
                        encoded(prompt),
                        new AttentionPatterns.Query(List.of(0, 10, 29), null, false, AttentionPatterns.Kind.PATTERN))
                .results()
                .get(0)
                .attention();
        long[] shape = Arrays.copyOfRange(attention.shape(), 1, 4);
        for (int i = 0; i < 3; i++) {
            golden(prompt, "blocks." + List.of(0, 10, 29).get(i) + ".attn.hook_pattern")
                    .row(0)
                    .requireClose(shape, Tensors.row(attention.toFloats(), 3, i));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"france", "ioi", "ioi_corrupt", "story"})
    void theResidualStreamGrowsAlike(String prompt) {
        List<Encoded> inputs = encoded(prompt);
        int positions = inputs.get(0).length();
        for (int layer = 0; layer <= 30; layer++) {
            String hook = layer == 0 ? "blocks.0.hook_resid_pre" : "blocks." + (layer - 1) + ".hook_resid_post";
            float[] values = activation(inputs, hook).toFloats();
            double[] norms = golden(prompt, "resid_norms").row(layer).values();
            for (int i = 0; i < positions; i++) {
                float[] row = Tensors.row(values, positions, i);
                double norm = Math.sqrt(IntStream.range(0, row.length)
                        .mapToDouble(j -> (double) row[j] * row[j])
                        .sum());
                assertThat(norm / norms[i]).as(hook + " at " + i).isCloseTo(1, within(1e-5));
            }
        }
    }

    /** The heads that matter most to who gets the drink, and two that hardly do. */
    @ParameterizedTest
    @CsvSource({"23,3", "1,5", "29,1", "1,3", "20,0", "29,0", "5,2", "12,7"})
    void withoutAHeadItNamesAnotherAsMuch(int layer, int head) {
        Session session = session();
        Interventions.Answer answer = Interventions.compute(
                session,
                encoded("ioi"),
                new Interventions.Query(
                        Requests.interventions(
                                model.hookPoints(),
                                "[{'hook':'z','layer':" + layer + ",'heads':[" + head + "],'action':{'type':'zero'}}]"),
                        List.of(),
                        null,
                        -1,
                        session.tokenId("answer", new TokenName(null, " Mary")),
                        session.tokenId("foil", new TokenName(null, " John")),
                        true));
        Effect effect = answer.results().get(0).effect();
        Reference difference = golden("ioi", "zero_head.logit_diff").row(layer).row(head);
        Reference divergence = golden("ioi", "zero_head.kl_last").row(layer).row(head);
        Reference.requireClose(
                "logit difference",
                effect.logitDifference().original(),
                golden("ioi", "logit_diff").values()[0]);
        Reference.requireClose(
                "without the head",
                effect.logitDifference().modified(),
                difference.values()[0]);
        Reference.requireClose("divergence", effect.klDivergence(), divergence.values()[0]);
    }
}
