package dev.headlight.interp.intervene;

import ai.djl.ndarray.NDArray;
import dev.headlight.interp.metric.Distributions;
import dev.headlight.interp.metric.Effect;
import dev.headlight.interp.metric.Measured;
import dev.headlight.interp.metric.Prediction;
import dev.headlight.interp.metric.SpacedTokens;
import dev.headlight.interp.session.AnalysisAnswer;
import dev.headlight.interp.session.AnswerSize;
import dev.headlight.interp.session.Selection;
import dev.headlight.interp.session.Session;
import dev.headlight.model.HookedModel;
import dev.headlight.model.ModelInfo;
import dev.headlight.model.Provenance;
import dev.headlight.model.fault.BadSelection;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.text.Encoded;
import dev.headlight.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Runs the same inputs without and with interventions, and compares predictions and values at hook points. The second run
 * starts at the first block that an intervention reaches.
 */
public final class Interventions {
    /**
     * The interventions, and what to compare.
     *
     * @param interventions applied together, in order
     * @param capture hook points whose values in both runs are returned
     * @param topK how many tokens are listed; null for 10, or for the vocabulary if it is smaller
     * @param position where predictions are compared; negative counts from the end; null for the default, see {@link
     *     Selection#measured}
     * @param answer token id; null for none
     * @param foil token id that the answer is compared with; null for none
     * @param addSpecialTokens whether texts in actions get special tokens
     */
    public record Query(
            List<Intervention> interventions,
            List<HookName> capture,
            @Nullable Integer topK,
            @Nullable Integer position,
            @Nullable Integer answer,
            @Nullable Integer foil,
            boolean addSpecialTokens) {}

    /**
     * The values of one hook point in both runs.
     *
     * @param original with the axes of the hook point's site
     * @param modified with the same axes
     */
    public record Captured(Tensor original, Tensor modified) {}

    /**
     * Both runs of one input.
     *
     * @param measured where the predictions are compared, and the tokens of the logit difference
     * @param original prediction without interventions
     * @param modified prediction with them
     * @param captured by full hook name
     */
    public record Result(
            List<Integer> tokenIds,
            List<String> tokens,
            Measured measured,
            Prediction original,
            Prediction modified,
            Effect effect,
            Map<String, Captured> captured) {}

    /**
     * The answer, one result per input.
     *
     * @param seeds one per intervention, in order; null for an intervention without randomness
     */
    public record Answer(
            String model,
            List<Result> results,
            List<@Nullable Long> seeds,
            Provenance provenance,
            List<String> warnings)
            implements AnalysisAnswer {}

    private static final int BYTES_PER_TOKEN = 82; // of JSON, approximately
    private static final int BYTES_PER_EFFECT = 270;

    private final Session session;
    private final HookedModel model;
    private final ModelInfo info;
    private final Query query;
    private final int topK;
    private final List<String> spaced = new ArrayList<>();

    private Interventions(Session session, Query query) {
        this.session = session;
        this.model = session.model();
        this.info = model.info();
        this.query = query;
        this.topK = Selection.topK("top_k", query.topK, info.vocabSize());
    }

    /** Everything that allocates arrays, for a dry run. */
    public static void dryRun(Session session, List<Encoded> inputs, Query query) {
        Interventions analysis = new Interventions(session, query);
        try (InterventionRun interventionRun = analysis.prepare(inputs)) {
            new PairedRuns(session, interventionRun, query.capture)
                    .run(inputs, (input, original, modified, captured) -> {
                        analysis.loss(original, inputs.get(input));
                        analysis.loss(modified, inputs.get(input));
                    });
        }
    }

    /**
     * Runs every input twice and compares the runs.
     *
     * @throws BadSelection if the model or an input does not allow the query; nothing is run then
     */
    public static Answer compute(Session session, List<Encoded> inputs, Query query) {
        return new Interventions(session, query).answer(inputs);
    }

    private Answer answer(List<Encoded> inputs) {
        try (InterventionRun interventionRun = prepare(inputs)) {
            Result[] results = new Result[inputs.size()];
            new PairedRuns(session, interventionRun, query.capture)
                    .run(
                            inputs,
                            (input, original, modified, captured) ->
                                    results[input] = result(inputs.get(input), original, modified, captured));
            List<String> warnings = new ArrayList<>(interventionRun.warnings());
            warnings.addAll(spaced);
            warnings.addAll(warnings(results, interventionRun.changedSomething()));
            return new Answer(
                    model.id(), List.of(results), interventionRun.seeds(), session.provenance(inputs), warnings);
        }
    }

    /** Checks the query, and prepares the interventions. */
    private InterventionRun prepare(List<Encoded> inputs) {
        requireAnswer(inputs);
        InterventionRun interventionRun = new InterventionRun(session, query.interventions, query.addSpecialTokens);
        inputs.forEach(input -> Selection.measured("position", query.position, model, input));
        interventionRun.check(inputs);
        return interventionRun;
    }

    private void requireAnswer(List<Encoded> inputs) {
        AnswerSize tensors = session.answerSize();
        for (Encoded input : inputs) {
            int[] all = IntStream.range(0, input.length()).toArray();
            query.capture.forEach(
                    hook -> tensors.hook(hook, input.length(), all).hook(hook, input.length(), all));
        }
        session.addAnswerSize("capture", tensors);
        session.addAnswerSize(
                "top_k",
                session.answerSize()
                        .inputs(inputs)
                        .text(inputs.size() * (BYTES_PER_EFFECT + 2L * topK * BYTES_PER_TOKEN)));
    }

    private Result result(Encoded input, NDArray original, NDArray modified, Map<String, Captured> captured) {
        int position = Selection.measured("position", query.position, model, input);
        Measured measured = Measured.of(model, position, query.answer, query.foil);
        double[] before = Prediction.logitsAt(original, position);
        double[] after = Prediction.logitsAt(modified, position);
        if (spaced.isEmpty()) { // one input is enough
            spaced.addAll(SpacedTokens.of(model, measured).warnings(position, before));
        }
        Effect.LogitDifference difference = query.answer == null
                ? null
                : Effect.LogitDifference.of(difference(before, query.answer), difference(after, query.answer));
        Effect effect = new Effect(Effect.finite(Distributions.klDivergence(before, after)), difference);
        return new Result(
                Session.boxed(input.ids()),
                input.tokens(),
                measured,
                prediction(original, before, input),
                prediction(modified, after, input),
                effect,
                captured);
    }

    private double difference(double[] logits, int answer) {
        return logits[answer] - (query.foil == null ? 0 : logits[query.foil]);
    }

    private Prediction prediction(NDArray logits, double[] row, Encoded input) {
        return Prediction.of(model, row, topK, loss(logits, input));
    }

    private @Nullable Double loss(NDArray logits, Encoded input) {
        return info.causal() ? Prediction.loss(logits, input.ids()) : null;
    }

    /** @param changed whether any intervention changed a value */
    private List<String> warnings(Result[] results, boolean changed) {
        List<String> warnings = new ArrayList<>();
        if (changed && Arrays.stream(results).allMatch(r -> r.original.top().equals(r.modified.top()))) {
            warnings.add("the interventions changed no logit of the top " + topK + " at the measured position");
        }
        if (Arrays.stream(results).anyMatch(r -> r.effect.klDivergence() == null)) {
            warnings.add("a divergence is not finite and therefore null");
        }
        return warnings;
    }
}
