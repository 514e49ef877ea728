package dev.headlight.interp.lens;

import dev.headlight.interp.intervene.Intervention;
import dev.headlight.interp.intervene.InterventionRun;
import dev.headlight.interp.metric.Measured;
import dev.headlight.interp.metric.Prediction;
import dev.headlight.interp.metric.SpacedTokens;
import dev.headlight.interp.session.AnalysisAnswer;
import dev.headlight.interp.session.AnswerSize;
import dev.headlight.interp.session.Selection;
import dev.headlight.interp.session.Session;
import dev.headlight.model.HookedModel;
import dev.headlight.model.Provenance;
import dev.headlight.model.TunedLens;
import dev.headlight.model.fault.BadSelection;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.Site;
import dev.headlight.model.text.Encoded;
import dev.headlight.tensor.Tensor;
import dev.headlight.tensor.Wire;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The logit lens and the tuned lens: the prediction of a model that stops at a layer. The residual stream of each layer is
 * unembedded as it is (logit lens) or after a trained translation (tuned lens).
 *
 * @see <a href="https://www.lesswrong.com/posts/AcKRB8wDpdaN6v6ru">nostalgebraist, 2020, the logit lens</a>
 * @see <a href="https://arxiv.org/abs/2303.08112">Belrose et al., 2023, the tuned lens</a>
 */
public final class LogitLens {
    /** How a layer's residual stream is translated for the unembedding. */
    public enum Kind {
        /** Unchanged: the logit lens. */
        LOGIT,
        /** By the layer's trained affine translator, see {@link TunedLens}. */
        TUNED;

        /** The name in requests and answers. */
        @Override
        public String toString() {
            return Wire.name(this);
        }
    }

    /**
     * The layers and positions to read.
     *
     * @param hooks one per layer, see {@link LensHookNames}
     * @param positions negative ones count from the end; null for all
     * @param topK how many tokens are listed; null for 10, or for the vocabulary if it is smaller
     * @param normalise whether the final norm is applied, if the model has one
     * @param targets ids of tokens whose rank and probability are returned
     * @param returnLogits whether all logits are returned
     * @param interventions applied to every run
     * @param addSpecialTokens whether texts in interventions get special tokens
     */
    public record Query(
            Kind kind,
            List<HookName> hooks,
            @Nullable List<Integer> positions,
            @Nullable Integer topK,
            boolean normalise,
            List<Integer> targets,
            boolean returnLogits,
            List<Intervention> interventions,
            boolean addSpecialTokens) {}

    /**
     * The reading of a token that the query names.
     *
     * @param rank how many logits are larger; null if its logit is NaN
     * @param logit null if it is not finite
     * @param probability in [0, 1]; null if it is not finite
     */
    public record Target(
            int tokenId,
            String token,
            @Nullable Integer rank,
            @Nullable Float logit,
            @Nullable Double probability) {}

    /**
     * The prediction at one layer and position.
     *
     * @param top the most probable tokens, in descending order
     * @param klDivergence KL(the model's final distribution ‖ this distribution), in nats; null if it is not finite
     */
    public record Entry(
            int layer,
            int position,
            List<Prediction.Token> top,
            List<Target> targets,
            @Nullable Double klDivergence) {}

    /**
     * What the readings of targets are about.
     *
     * @param targets the tokens that the request names; null if it names none
     */
    public record MeasuredTargets(@Nullable List<Measured.Token> targets) {}

    /**
     * The predictions for one input.
     *
     * @param measured the tokens that are followed
     * @param lens the entries, by layer, then by position
     * @param logits {@code [layer, position, vocab]}; null if they were not requested
     */
    public record Result(
            List<Integer> tokenIds,
            List<String> tokens,
            MeasuredTargets measured,
            List<Entry> lens,
            @Nullable Tensor logits) {}

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

    private static final int BYTES_PER_ENTRY = 92; // of JSON, approximately
    private static final int BYTES_PER_TOKEN = 80;
    private static final int BYTES_PER_TARGET = 90;

    private final Session session;
    private final HookedModel model;
    private final Query query;
    private final int topK;
    private final LensRuns runs;

    private LogitLens(Session session, Query query) {
        this.session = session;
        this.model = session.model();
        this.query = query;
        this.topK = Selection.topK("top_k", query.topK, model.info().vocabSize());
        TunedLens tuned = query.kind == Kind.TUNED ? model.tunedLens("lens") : null;
        Site site = query.hooks.get(0).site();
        if (tuned != null && site != Site.RESID_PRE && site != Site.RESID_POST) {
            throw new BadSelection(
                    "hook", site.shortName(), "has no tuned lens, which is trained on resid_pre and resid_post");
        }
        this.runs = new LensRuns(session, query, topK, tuned);
    }

    /** The parts of {@link #compute} that allocate arrays, for a dry run. */
    public static void dryRun(Session session, List<Encoded> inputs, Query query) {
        LogitLens lens = new LogitLens(session, query);
        try (InterventionRun interventionRun = lens.interventionRun(inputs)) {
            lens.runs.run(inputs, interventionRun, (input, readings) -> {});
            lens.spaceWarnings(lens.targets(), inputs);
        }
    }

    /**
     * Runs the inputs and reads every layer.
     *
     * @throws BadSelection if the model or an input does not allow the query; nothing is run then
     */
    public static Answer compute(Session session, List<Encoded> inputs, Query query) {
        return new LogitLens(session, query).answer(inputs);
    }

    private Answer answer(List<Encoded> inputs) {
        List<Entry[]> entries = new ArrayList<>();
        inputs.forEach(input -> entries.add(new Entry[query.hooks.size() * positions(input.length()).length]));
        try (InterventionRun interventionRun = interventionRun(inputs)) {
            Tensor[] logits = runs.run(
                    inputs, interventionRun, (input, readings) -> readings.readInto(entries.get(input), model));
            List<Result> results = new ArrayList<>();
            List<Measured.Token> targets = targets();
            for (int i = 0; i < inputs.size(); i++) {
                Encoded input = inputs.get(i);
                results.add(new Result(
                        Session.boxed(input.ids()),
                        input.tokens(),
                        new MeasuredTargets(targets.isEmpty() ? null : targets),
                        Arrays.asList(entries.get(i)),
                        logits[i]));
            }
            List<String> warnings = new ArrayList<>(interventionRun.warnings());
            warnings.addAll(spaceWarnings(targets, inputs));
            if (entries.stream().flatMap(Arrays::stream).anyMatch(e -> e.klDivergence == null)) {
                warnings.add("a divergence is not finite and therefore null");
            }
            return new Answer(model.id(), results, interventionRun.seeds(), session.provenance(inputs), warnings);
        }
    }

    private List<Measured.Token> targets() {
        return query.targets.stream().map(id -> Measured.Token.of(model, id)).toList();
    }

    /** Of the first input that has any, at the last position that is read. */
    private List<String> spaceWarnings(List<Measured.Token> targets, List<Encoded> inputs) {
        return SpacedTokens.of(model, targets).ofFirst(session, inputs, input -> positions(input.length()));
    }

    /** Checks the request and prepares its interventions. */
    private InterventionRun interventionRun(List<Encoded> inputs) {
        requireAnswer(inputs);
        InterventionRun interventionRun = new InterventionRun(session, query.interventions, query.addSpecialTokens);
        interventionRun.check(inputs);
        return interventionRun;
    }

    /** Checks the logits and the text separately, so that the message names the field that makes the answer too large. */
    private void requireAnswer(List<Encoded> inputs) {
        AnswerSize tensors = session.answerSize();
        AnswerSize text = session.answerSize().inputs(inputs);
        long perCell = BYTES_PER_ENTRY + (long) topK * BYTES_PER_TOKEN + (long) query.targets.size() * BYTES_PER_TARGET;
        for (Encoded input : inputs) {
            long cells = (long) query.hooks.size() * positions(input.length()).length;
            text.text(cells * perCell);
            if (query.returnLogits) {
                tensors.tensor(cells * model.info().vocabSize());
            }
        }
        session.addAnswerSize("return_logits", tensors);
        session.addAnswerSize("top_k", text);
    }

    private int[] positions(int length) {
        return Selection.positions("positions", query.positions, length);
    }
}
