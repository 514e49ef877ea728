package dev.headlight.interp;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.headlight.model.BadSelection;
import dev.headlight.model.Capture;
import dev.headlight.model.Encoded;
import dev.headlight.model.HookName;
import dev.headlight.model.HookedModel;
import dev.headlight.model.Hooks;
import dev.headlight.model.Provenance;
import dev.headlight.model.Site;
import dev.headlight.model.TunedLens;
import dev.headlight.tensor.Tensor;
import dev.headlight.tensor.Wire;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the model would say if it stopped early: the unembedding reads the residual stream of every layer.
 *
 * @see <a href="https://www.lesswrong.com/posts/AcKRB8wDpdaN6v6ru">nostalgebraist, 2020, the logit lens</a>
 * @see <a href="https://arxiv.org/abs/2303.08112">Belrose et al., 2023, the tuned lens</a>
 */
public final class LogitLens {
    /** How a layer's residual stream is made one that the unembedding can read. */
    public enum Kind {
        /** As it is. */
        LOGIT,
        /** By the layer's trained translator, see {@link TunedLens}. */
        TUNED;

        /** The name in requests and answers. */
        @Override
        public String toString() {
            return Wire.name(this);
        }
    }

    /**
     * @param hooks one of each layer, see {@link LensHooks}
     * @param positions negative from the end; null for all
     * @param topK null for 10, or for the vocabulary where it is smaller
     * @param normalise whether the final norm is applied, where there is one
     * @param targets token ids
     * @param addSpecialTokens for texts in actions
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
     * A token that was asked for.
     *
     * @param rank how many logits are larger; null where its own is no number
     */
    public record Target(
            int tokenId,
            String token,
            @Nullable Integer rank,
            @Nullable Float logit,
            @Nullable Double probability) {}

    /**
     * What the lens says of one layer and position.
     *
     * @param top most probable first
     * @param klDivergence of the model's own final distribution at the position from this one, final ‖ lens, in nats; null
     *     where it is not finite
     */
    public record Entry(
            int layer,
            int position,
            List<Prediction.Token> top,
            List<Target> targets,
            @Nullable Double klDivergence) {}

    /** @param logits [layer, position, vocab]; null where they were not asked for */
    public record Result(
            List<Integer> tokenIds,
            List<String> tokens,
            List<Entry> lens,
            @Nullable Tensor logits) {}

    /** @param seeds of each intervention, in order; null where it draws nothing */
    public record Answer(
            String model,
            List<Result> results,
            List<@Nullable Long> seeds,
            Provenance provenance,
            List<String> warnings)
            implements Analysis {}

    private static final int BYTES_PER_ENTRY = 92; // of JSON, about
    private static final int BYTES_PER_TOKEN = 80;
    private static final int BYTES_PER_TARGET = 90;

    private final Session session;
    private final HookedModel model;
    private final Query query;
    private final int topK;
    private final @Nullable TunedLens tuned;

    private LogitLens(Session session, Query query) {
        this.session = session;
        this.model = session.model();
        this.query = query;
        this.topK = Selection.topK("top_k", query.topK, model.info().vocabSize());
        this.tuned = query.kind == Kind.TUNED ? model.tunedLens("lens") : null;
        Site site = query.hooks.get(0).site();
        if (tuned != null && site != Site.RESID_PRE && site != Site.RESID_POST) {
            throw new BadSelection(
                    "hook", site.shortName(), "has no tuned lens, which is trained on resid_pre and resid_post");
        }
    }

    /** All of it that makes arrays, for {@link Session#rehearse}. */
    public static void rehearse(Session session, List<Encoded> inputs, Query query) {
        LogitLens lens = new LogitLens(session, query);
        try (Altered altered = lens.altered(inputs)) {
            lens.run(inputs, altered, (input, readings) -> {});
        }
    }

    /** @throws BadSelection for whatever the model or an input rules out, before anything is run */
    public static Answer compute(Session session, List<Encoded> inputs, Query query) {
        return new LogitLens(session, query).answer(inputs);
    }

    private Answer answer(List<Encoded> inputs) {
        List<Entry[]> entries = new ArrayList<>();
        inputs.forEach(input -> entries.add(new Entry[query.hooks.size() * positions(input.length()).length]));
        try (Altered altered = altered(inputs)) {
            Tensor[] logits = run(inputs, altered, (input, readings) -> readings.readInto(entries.get(input), model));
            List<Result> results = new ArrayList<>();
            for (int i = 0; i < inputs.size(); i++) {
                Encoded input = inputs.get(i);
                results.add(new Result(
                        Session.boxed(input.ids()), input.tokens(), Arrays.asList(entries.get(i)), logits[i]));
            }
            List<String> warnings = new ArrayList<>(altered.warnings());
            if (entries.stream().flatMap(Arrays::stream).anyMatch(e -> e.klDivergence == null)) {
                warnings.add("a divergence is not finite and therefore null");
            }
            return new Answer(model.id(), results, altered.seeds(), session.provenance(inputs), warnings);
        }
    }

    /** The model with the interventions, after everything has been checked. */
    private Altered altered(List<Encoded> inputs) {
        requireAnswer(inputs);
        Altered altered = new Altered(session, query.interventions, query.addSpecialTokens);
        altered.check(inputs);
        return altered;
    }

    /** The logits have a limit of their own in the answer: a message that names what is too large. */
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
        session.answers("return_logits", tensors);
        session.answers("top_k", text);
    }

    private int[] positions(int length) {
        return Selection.positions("positions", query.positions, length);
    }

    /** Gets what the lens says of some positions of an input, while it is there. */
    private interface Reader {
        void read(int input, LensReadings readings);
    }

    /** @return the logits of each input, or nulls */
    private @Nullable Tensor[] run(List<Encoded> inputs, Altered altered, Reader reader) {
        @Nullable Tensor[] logits = new Tensor[inputs.size()];
        List<HookName> kept = new ArrayList<>(altered.held());
        kept.addAll(query.hooks);
        for (Session.Batch batch : session.batches(inputs, kept)) {
            try (NDManager scratch = session.newManager()) {
                Hooks edits = altered.on(scratch, batch.rows());
                Capture stream = new Capture(query.hooks);
                NDArray last = model.climb(batch.ids(scratch), edits.then(stream), null);
                List<NDArray> layers = query.hooks.stream()
                        .map(hook -> translated(hook, stream.value(hook)))
                        .toList();
                LensRun run = new LensRun(session, query, topK, new LensRun.Streams(layers, last, edits));
                int[] positions = positions(batch.length());
                for (int row = 0; row < batch.rows().size(); row++) {
                    int input = batch.inputs().get(row);
                    logits[input] = run.read(row, positions, run.step(), readings -> reader.read(input, readings));
                }
            }
        }
        return logits;
    }

    private NDArray translated(HookName hook, NDArray resid) {
        if (tuned == null) {
            return resid;
        }
        return tuned.translate(hook.layer() + (hook.site() == Site.RESID_POST ? 1 : 0), resid);
    }
}
