package dev.headlight.interp;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.headlight.model.BadSelection;
import dev.headlight.model.Capture;
import dev.headlight.model.Encoded;
import dev.headlight.model.HookName;
import dev.headlight.model.HookedModel;
import dev.headlight.model.ModelInfo;
import dev.headlight.model.Provenance;
import dev.headlight.model.Site;
import dev.headlight.tensor.Ops;
import dev.headlight.tensor.Tensor;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** What changes when a part is altered: the same inputs run twice, the second time with the interventions. */
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

    private final Session session;
    private final HookedModel model;
    private final ModelInfo info;
    private final Query query;
    private final int topK;
    private final List<@Nullable Encoded> sources = new ArrayList<>();
    private final List<@Nullable List<Encoded>> references = new ArrayList<>();
    private final BitSet effective = new BitSet();

    private Interventions(Session session, Query query) {
        this.session = session;
        this.model = session.model();
        this.info = model.info();
        this.query = query;
        this.topK = query.topK == null ? Math.min(10, info.vocabSize()) : query.topK;
        if (topK < 1 || topK > info.vocabSize()) {
            throw new BadSelection("top_k", topK, "must be 1.." + info.vocabSize());
        }
    }

    /** @throws BadSelection for whatever the model or an input rules out, before anything is run */
    public static Answer compute(Session session, List<Encoded> inputs, Query query) {
        return new Interventions(session, query).answer(inputs);
    }

    private Answer answer(List<Encoded> inputs) {
        check(inputs);
        Result[] results = new Result[inputs.size()];
        for (Session.Batch batch : session.batches(inputs)) {
            try (NDManager scratch = model.newManager()) {
                run(batch, inputs, results, scratch);
            }
        }
        List<@Nullable Long> seeds = new ArrayList<>();
        query.interventions.forEach(i -> seeds.add(i.action() instanceof Action.Noise noise ? noise.seed() : null));
        return new Answer(model.id(), List.of(results), seeds, session.provenance(inputs), warnings(results));
    }

    // ---- before anything is run

    private void check(List<Encoded> inputs) {
        long values = inputs.stream()
                .mapToLong(e -> session.values(query.capture, e.length()))
                .sum();
        session.requireRoom("capture", 2 * values);
        for (Encoded input : inputs) {
            Selection.position("position", query.position, input.length());
        }
        for (Intervention intervention : query.interventions) {
            Action action = intervention.action();
            sources.add(
                    action instanceof Action.Patch patch
                            ? session.encodeOne(patch.source(), query.addSpecialTokens)
                            : null);
            references.add(
                    action instanceof Action.Mean mean && mean.reference() != null
                            ? session.encode(mean.reference(), query.addSpecialTokens)
                            : null);
        }
        for (int i = 0; i < query.interventions.size(); i++) {
            for (Encoded input : inputs) {
                check(i, input.length());
            }
        }
    }

    private void check(int index, int length) {
        Intervention intervention = query.interventions.get(index);
        Region region = Region.of(intervention, info, length);
        Site site = intervention.hook().site();
        Action action = intervention.action();
        if (action instanceof Action.Mask && site != Site.ATTN_SCORES) {
            throw new BadSelection(
                    intervention.ofAction("type"),
                    "mask",
                    "applies to hook attn_scores only, not to " + site.shortName());
        }
        if (action instanceof Action.Add add) {
            checkVector(intervention, region, add);
        }
        if (action instanceof Action.Mean) {
            checkMean(intervention, site, references.get(index) != null);
        }
        if (action instanceof Action.Patch) {
            sourcePositions(index, region);
        }
    }

    private static void checkVector(Intervention intervention, Region region, Action.Add add) {
        int size = add.vector().size();
        int chosen = region.last().length;
        if (size != region.width() && size != chosen) {
            String allowed = chosen == region.width() ? "" : ", or " + chosen + " for the chosen neurons";
            throw new BadSelection(
                    intervention.ofAction("vector"),
                    "has " + size + " values and must have " + region.width() + allowed);
        }
    }

    private void checkMean(Intervention intervention, Site site, boolean referenced) {
        if (site == Site.ATTN_SCORES && info.causal()) {
            throw new BadSelection(
                    intervention.ofAction("type"),
                    "mean",
                    "is undefined on attn_scores of a causal model, where hidden scores are minus infinity");
        }
        if (site.isAttention() && referenced) {
            throw new BadSelection(
                    intervention.ofAction("reference"),
                    "is undefined on " + site.shortName() + ", whose keys are positions of one input");
        }
    }

    /** For each chosen position of an input, the position of the source that it gets its values from. */
    private int[] sourcePositions(int index, Region region) {
        Intervention intervention = query.interventions.get(index);
        Action.Patch patch = (Action.Patch) intervention.action();
        int length = sources.get(index).length();
        if (region.site().isAttention() && length != region.length()) {
            throw new BadSelection(
                    intervention.ofAction("source"),
                    "has " + length + " tokens and must have " + region.length() + ", as the input, for hook "
                            + region.site().shortName() + ", whose keys are positions");
        }
        if (patch.sourcePositions() != null) {
            int[] given = new int[patch.sourcePositions().size()];
            if (given.length != region.positions().length) {
                throw new BadSelection(
                        intervention.ofAction("source_positions"),
                        "has " + given.length + " positions and must have " + region.positions().length
                                + ", as many as positions");
            }
            for (int i = 0; i < given.length; i++) { // one source position may serve several positions
                given[i] = Selection.position(
                        intervention.ofAction("source_positions[" + i + "]"),
                        patch.sourcePositions().get(i),
                        length);
            }
            return given;
        }
        if (intervention.positions() != null) {
            return Selection.positions(intervention.at("positions"), intervention.positions(), length);
        }
        if (length != region.length()) {
            throw new BadSelection(
                    intervention.ofAction("source"),
                    "has " + length + " tokens and the input has " + region.length()
                            + "; make them equal, or give positions and source_positions");
        }
        return region.positions();
    }

    // ---- the two runs

    private void run(Session.Batch batch, List<Encoded> inputs, Result[] results, NDManager scratch) {
        NDArray ids = batch.ids(scratch);
        Set<HookName> wanted = new LinkedHashSet<>(query.capture);
        query.interventions.stream()
                .filter(i -> i.action() instanceof Action.Mean)
                .forEach(i -> wanted.add(i.hook()));
        Capture original = new Capture(wanted);
        NDArray originalLogits = model.forward(ids, original);
        Capture modified = new Capture(query.capture);
        NDArray modifiedLogits =
                model.forward(ids, edits(batch.length(), original, scratch).then(modified));
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
        Effect.LogitDifference difference =
                query.answer == null ? null : Effect.LogitDifference.of(difference(before), difference(after));
        Effect effect = new Effect(Effect.finite(Prediction.klDivergence(before, after)), difference);
        return new Result(
                Session.boxed(input.ids()),
                input.tokens(),
                prediction(original, before, input),
                prediction(modified, after, input),
                effect,
                captured);
    }

    private double difference(double[] logits) {
        return logits[query.answer] - (query.foil == null ? 0 : logits[query.foil]);
    }

    private Prediction prediction(NDArray logits, double[] row, Encoded input) {
        return Prediction.of(model, row, topK, info.causal() ? Prediction.loss(logits, input.ids()) : null);
    }

    private Map<String, Captured> captured(Capture original, Capture modified, int row) {
        Map<String, Captured> captured = new LinkedHashMap<>();
        for (HookName hook : query.capture) {
            String[] dims = Activations.dims(hook.site());
            captured.put(
                    hook.toString(),
                    new Captured(
                            session.kept().keep(Ops.row(original.value(hook), row), dims),
                            session.kept().keep(Ops.row(modified.value(hook), row), dims)));
        }
        return captured;
    }

    private Edits edits(int length, Capture original, NDManager scratch) {
        Edits edits = new Edits(effective);
        for (int i = 0; i < query.interventions.size(); i++) {
            Intervention intervention = query.interventions.get(i);
            Region region = Region.of(intervention, info, length);
            edits.add(i, intervention.hook(), region, scratch, change(i, region, original, scratch));
        }
        return edits;
    }

    private UnaryOperator<NDArray> change(int index, Region region, Capture original, NDManager scratch) {
        Intervention intervention = query.interventions.get(index);
        Action action = intervention.action();
        if (action instanceof Action.Zero) {
            return NDArray::zerosLike;
        }
        if (action instanceof Action.Set set) {
            return value -> value.zerosLike().add(set.value());
        }
        if (action instanceof Action.Mask) {
            return value -> value.zerosLike().add(Float.NEGATIVE_INFINITY);
        }
        if (action instanceof Action.Scale scale) {
            return value -> value.mul(scale.factor());
        }
        if (action instanceof Action.Add add) {
            NDArray vector = Edits.constant(scratch, vector(region, add), new long[] {region.width()});
            return value -> value.add(vector);
        }
        if (action instanceof Action.Noise noise) {
            NDArray drawn = noise(intervention.hook(), region, noise, scratch);
            return value -> value.add(drawn);
        }
        NDArray other =
                action instanceof Action.Mean ? mean(index, region, original, scratch) : patch(index, region, scratch);
        return value -> Ops.expand(other, value.getShape());
    }

    private static float[] vector(Region region, Action.Add add) {
        float[] vector = new float[region.width()];
        boolean whole = add.vector().size() == region.width();
        for (int i = 0; i < add.vector().size(); i++) {
            int neuron = whole ? i : region.last()[i];
            vector[neuron] = (float) (add.coefficient() * add.vector().get(i));
        }
        return vector;
    }

    private static NDArray noise(HookName hook, Region region, Action.Noise noise, NDManager scratch) {
        long[] shape = region.shape();
        int positions = region.length();
        int elements = (int) (java.util.Arrays.stream(shape).reduce(1, (a, b) -> a * b) / positions);
        float[] drawn = Noise.draw(noise, hook, positions, elements);
        if (!region.site().isAttention()) {
            return Edits.constant(scratch, drawn, shape);
        }
        NDArray byQuery = Edits.constant(scratch, drawn, new long[] {positions, shape[0], shape[2]});
        return byQuery.transpose(0, 2, 1, 3); // (1, head, query, key)
    }

    /** Over the positions of each row in the unmodified run, or pooled over all tokens of the reference. */
    private NDArray mean(int index, Region region, Capture original, NDManager scratch) {
        HookName hook = query.interventions.get(index).hook();
        List<Encoded> reference = references.get(index);
        if (reference == null) {
            return original.value(hook).mean(new int[] {region.positionAxis() + 1}, true);
        }
        NDArray sum = scratch.zeros(new Shape(1));
        long tokens = 0;
        for (Session.Batch batch : session.batches(reference)) {
            Capture capture = new Capture(List.of(hook));
            model.forwardTo(batch.ids(scratch), capture);
            sum = sum.add(capture.value(hook).sum(new int[] {0, 1}, true));
            tokens += (long) batch.rows().size() * batch.length();
        }
        return sum.div(tokens);
    }

    /** The source's values where they are to go; whatever elsewhere. */
    private NDArray patch(int index, Region region, NDManager scratch) {
        HookName hook = query.interventions.get(index).hook();
        Capture capture = new Capture(List.of(hook));
        model.forwardTo(HookedModel.ids(scratch, List.of(sources.get(index).ids())), capture);
        int[] from = sourcePositions(index, region);
        int[] map = new int[region.length()];
        for (int i = 0; i < from.length; i++) {
            map[region.positions()[i]] = from[i];
        }
        return Ops.select(capture.value(hook), region.positionAxis() + 1, map);
    }

    private List<String> warnings(Result[] results) {
        List<String> warnings = new ArrayList<>();
        for (int i = 0; i < query.interventions.size(); i++) {
            Intervention intervention = query.interventions.get(i);
            if (!effective.get(i)) {
                warnings.add(intervention.field() + " changed nothing: at " + intervention.hook()
                        + " every chosen value was already what it set");
            }
        }
        boolean infinite =
                java.util.Arrays.stream(results).anyMatch(r -> r.effect().klDivergence() == null);
        if (infinite) {
            warnings.add("the modified logits are not finite, so the divergence is null");
        }
        return warnings;
    }
}
