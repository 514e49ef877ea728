package dev.headlight.interp;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.headlight.model.BadSelection;
import dev.headlight.model.Capture;
import dev.headlight.model.Encoded;
import dev.headlight.model.HookName;
import dev.headlight.model.HookedModel;
import dev.headlight.model.Hooks;
import dev.headlight.model.ModelInfo;
import dev.headlight.model.Provenance;
import dev.headlight.model.Site;
import dev.headlight.tensor.Ops;
import dev.headlight.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What changes when a part is altered: the same inputs run twice, the second time with the interventions and from the
 * first block that they reach.
 */
public final class Interventions {
    /**
     * @param capture hook points whose original and modified values are returned
     * @param topK null for 10, or for the vocabulary where it is smaller
     * @param position at which the effect is read, negative from the end
     * @param answer token id; null for none, as for the foil
     * @param addSpecialTokens for texts in actions
     */
    public record Query(
            List<Intervention> interventions,
            List<HookName> capture,
            @Nullable Integer topK,
            int position,
            @Nullable Integer answer,
            @Nullable Integer foil,
            boolean addSpecialTokens) {}

    /** The value of one hook point in both runs, with the axes of its site. */
    public record Captured(Tensor original, Tensor modified) {}

    public record Result(
            List<Integer> tokenIds,
            List<String> tokens,
            Prediction original,
            Prediction modified,
            Effect effect,
            Map<String, Captured> captured) {}

    /** @param seeds of each intervention, in order; null where it draws nothing */
    public record Answer(
            String model,
            List<Result> results,
            List<@Nullable Long> seeds,
            Provenance provenance,
            List<String> warnings)
            implements Analysis {
        @Override
        public Map<String, Tensor> tensors() {
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            for (int i = 0; i < results.size(); i++) {
                String input = i + ".";
                results.get(i).captured.forEach((hook, both) -> {
                    tensors.put(input + hook + ".original", both.original);
                    tensors.put(input + hook + ".modified", both.modified);
                });
            }
            return tensors;
        }
    }

    private static final int BYTES_PER_TOKEN = 100; // of JSON, about

    private final Session session;
    private final HookedModel model;
    private final ModelInfo info;
    private final Query query;
    private final int topK;
    private final int start; // the first block that an intervention reaches
    private final List<PreparedIntervention> interventions = new ArrayList<>();
    private final BitSet effective = new BitSet();

    private Interventions(Session session, Query query) {
        this.session = session;
        this.model = session.model();
        this.info = model.info();
        this.query = query;
        this.start = Math.max(
                0,
                query.interventions.stream()
                        .mapToInt(i -> block(i.hook(), info.nLayers()))
                        .min()
                        .orElse(info.nLayers()));
        this.topK = query.topK == null ? Math.min(10, info.vocabSize()) : query.topK;
        if (topK < 1 || topK > info.vocabSize()) {
            throw new BadSelection("top_k", topK, "must be 1.." + info.vocabSize());
        }
    }

    public static Cost cost(Session session, List<Encoded> inputs, Query query) {
        return session.cost(inputs, query.capture);
    }

    /** @throws BadSelection for whatever the model or an input rules out, before anything is run */
    public static Answer compute(Session session, List<Encoded> inputs, Query query) {
        return new Interventions(session, query).answer(inputs);
    }

    private Answer answer(List<Encoded> inputs) {
        check(inputs);
        Result[] results = new Result[inputs.size()];
        List<HookName> captured = new ArrayList<>(ofOriginal());
        captured.addAll(query.capture);
        try (Sources sources = new Sources(session, interventions)) {
            for (Session.Batch batch : session.batches(inputs, captured)) {
                try (NDManager scratch = model.newManager()) {
                    run(batch, inputs, results, sources, scratch);
                }
            }
        }
        List<@Nullable Long> seeds = new ArrayList<>();
        query.interventions.forEach(i -> seeds.add(i.action() instanceof Action.Noise noise ? noise.seed() : null));
        return new Answer(model.id(), List.of(results), seeds, session.provenance(inputs), warnings(results));
    }

    private void check(List<Encoded> inputs) {
        long values = inputs.stream()
                .mapToLong(e -> session.values(query.capture, e.length()))
                .sum();
        session.requireRoom("capture", 2 * values);
        session.requireText("top_k", 2L * inputs.size() * topK * BYTES_PER_TOKEN);
        query.interventions.forEach(
                i -> interventions.add(PreparedIntervention.of(session, i, query.addSpecialTokens)));
        for (Encoded input : inputs) {
            Selection.position("position", query.position, input.length());
            interventions.forEach(i -> i.check(info, input.length()));
        }
    }

    private void run(Session.Batch batch, List<Encoded> inputs, Result[] results, Sources sources, NDManager scratch) {
        NDArray ids = batch.ids(scratch);
        Capture original = new Capture(ofOriginal());
        NDArray originalLogits = model.forward(ids, original);
        Edits edits = new Changes(info, batch.length(), original, sources).edits(interventions, effective);
        Capture modified = new Capture(query.capture);
        Hooks hooks = edits.then(modified);
        NDArray modifiedLogits = start == 0
                ? model.forward(ids, hooks)
                : model.resume(start, original.value(new HookName(start - 1, Site.RESID_POST)), hooks);
        for (int row = 0; row < batch.rows().size(); row++) {
            int input = batch.inputs().get(row);
            results[input] = result(
                    inputs.get(input),
                    Ops.row(originalLogits, row),
                    Ops.row(modifiedLogits, row),
                    captured(original, modified, row));
        }
    }

    private Result result(Encoded input, NDArray original, NDArray modified, Map<String, Captured> captured) {
        int position = Selection.position("position", query.position, input.length());
        double[] before = Prediction.at(original, position);
        double[] after = Prediction.at(modified, position);
        Effect.LogitDifference difference = query.answer == null
                ? null
                : Effect.LogitDifference.of(difference(before, query.answer), difference(after, query.answer));
        Effect effect = new Effect(Effect.finite(Prediction.klDivergence(before, after)), difference);
        return new Result(
                Session.boxed(input.ids()),
                input.tokens(),
                prediction(original, before, input),
                prediction(modified, after, input),
                effect,
                captured);
    }

    private double difference(double[] logits, int answer) {
        return logits[answer] - (query.foil == null ? 0 : logits[query.foil]);
    }

    private Prediction prediction(NDArray logits, double[] row, Encoded input) {
        return Prediction.of(model, row, topK, info.causal() ? Prediction.loss(logits, input.ids()) : null);
    }

    /** What is read from the unmodified run: for the answer, for means, and for the modified run to start from. */
    private Set<HookName> ofOriginal() {
        Set<HookName> wanted = new LinkedHashSet<>(query.capture);
        query.interventions.stream()
                .filter(i -> i.action() instanceof Action.Mean)
                .forEach(i -> wanted.add(i.hook()));
        if (start > 0) {
            wanted.add(new HookName(start - 1, Site.RESID_POST));
        }
        return wanted;
    }

    /** The block that a hook point is in; -1 below the first, and the number of blocks above the last. */
    private static int block(HookName hook, int blocks) {
        if (hook.site().perLayer()) {
            return hook.layer();
        }
        return hook.site().isEmbedding() ? -1 : blocks;
    }

    private Map<String, Captured> captured(Capture original, Capture modified, int row) {
        Map<String, Captured> captured = new LinkedHashMap<>();
        for (HookName hook : query.capture) {
            String[] dims = Activations.dims(hook.site());
            boolean below = start > 0 && block(hook, info.nLayers()) < start; // the same in both runs
            NDArray after = (below ? original : modified).value(hook);
            captured.put(
                    hook.toString(),
                    new Captured(
                            session.kept().keep(Ops.row(original.value(hook), row), dims),
                            session.kept().keep(Ops.row(after, row), dims)));
        }
        return captured;
    }

    private List<String> warnings(Result[] results) {
        List<String> warnings = new ArrayList<>();
        for (int i = 0; i < query.interventions.size(); i++) {
            Intervention intervention = query.interventions.get(i);
            if (!effective.get(i)) {
                warnings.add(intervention.field() + " changed nothing: at " + intervention.hook()
                        + " every chosen value was already what it set, or is hidden by the model's own mask");
            }
        }
        if (!effective.isEmpty()
                && Arrays.stream(results).allMatch(r -> r.original.top().equals(r.modified.top()))) {
            warnings.add("the interventions changed no logit of the top " + topK + " at position " + query.position);
        }
        if (Arrays.stream(results).anyMatch(r -> r.effect.klDivergence() == null)) {
            warnings.add("a divergence is not finite, and so null");
        }
        return warnings;
    }
}
