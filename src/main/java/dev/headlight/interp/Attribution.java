package dev.headlight.interp;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.headlight.model.BadSelection;
import dev.headlight.model.Encoded;
import dev.headlight.model.HookName;
import dev.headlight.model.HookedModel;
import dev.headlight.model.Provenance;
import dev.headlight.model.Shares;
import dev.headlight.model.Site;
import dev.headlight.model.StreamReader;
import dev.headlight.tensor.Ops;
import dev.headlight.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Direct logit attribution: a logit, or a difference of two, as the sum of what each component of the model adds to it by
 * itself, past all later layers, with the scales of the norms as they are in the run.
 *
 * @see <a href="https://transformer-circuits.pub/2021/framework/index.html">Elhage et al., 2021</a>
 * @see <a href="https://arxiv.org/abs/2211.00593">Wang et al., 2022, section 3</a>
 */
public final class Attribution {
    /**
     * @param metric a logit or a difference of logits
     * @param positions where it is read, negative from the end; null for the metric's own
     * @param bySource whether heads are split by the position that they read
     * @param neurons whether MLPs are split by neuron
     * @param topK null for 10
     * @param addSpecialTokens for texts in actions
     */
    public record Query(
            Metric metric,
            @Nullable List<Integer> positions,
            boolean bySource,
            boolean neurons,
            @Nullable Integer topK,
            List<Intervention> interventions,
            boolean addSpecialTokens) {}

    /**
     * All numbers in logits, one a chosen position.
     *
     * @param logit the metric, before any soft cap
     * @param softCapped the same as the model gives it; null where it has no soft cap
     * @param total the sum of the components
     * @param residual logit minus total: rounding
     * @param topNeurons null where they were not asked for
     */
    public record Result(
            List<Integer> tokenIds,
            List<String> tokens,
            List<Integer> positions,
            List<@Nullable Double> logit,
            @Nullable List<@Nullable Double> softCapped,
            List<@Nullable Double> total,
            List<@Nullable Double> residual,
            List<Component> top,
            @Nullable List<Component> topNeurons,
            LogitComponents components) {}

    /** @param seeds of each intervention, in order; null where it draws nothing */
    public record Answer(
            String model,
            List<Result> results,
            List<@Nullable Long> seeds,
            Provenance provenance,
            List<String> warnings)
            implements Analysis {}

    private static final Set<Site> ADDED_TO = EnumSet.of(
            Site.RESID_PRE,
            Site.ATTN_OUT,
            Site.RESID_MID,
            Site.MLP_OUT,
            Site.RESID_POST,
            Site.LN_FINAL_NORMALIZED,
            Site.LN_FINAL);

    private final Session session;
    private final HookedModel model;
    private final Query query;
    private final int topK;
    private final List<HookName> edited;

    private Attribution(Session session, Query query) {
        this.session = session;
        this.model = session.model();
        this.query = query;
        this.topK = Selection.topK("top_k", query.topK, Integer.MAX_VALUE);
        this.edited = query.interventions.stream()
                .map(Intervention::hook)
                .filter(hook -> ADDED_TO.contains(hook.site()))
                .distinct()
                .toList();
        requireDefined();
    }

    private void requireDefined() {
        Metric.Type type = query.metric.type();
        if (type != Metric.Type.LOGIT && type != Metric.Type.LOGIT_DIFFERENCE) {
            throw new BadSelection(
                    "metric.type",
                    type.toString(),
                    "is not linear in the residual stream; must be logit or logit_difference");
        }
        if (!model.weightReader().readsLinearly()) {
            throw new BadSelection(
                    "model",
                    model.id(),
                    "has a non-linear layer between its blocks and its unembedding, so that no logit is a sum over its"
                            + " components");
        }
        if (query.neurons && model.info().nExperts() > 0) {
            throw new BadSelection(
                    "neurons", true, "is undefined for model " + model.id() + ", whose MLPs are mixtures of experts");
        }
        for (Intervention intervention : query.interventions) {
            Site site = intervention.hook().site();
            if (site == Site.LOGITS) {
                throw new BadSelection(
                        intervention.field() + ".hook", "logits", "lies behind all that a logit is attributed to");
            }
            if (site == Site.Z && query.bySource) {
                throw new BadSelection(
                        intervention.field() + ".hook", "z", "has no source position; leave out by_source");
            }
        }
    }

    /**
     * All of it, rehearsed as it is.
     *
     * @throws BadSelection where the method is undefined, and for whatever the model or an input rules out
     */
    public static Answer compute(Session session, List<Encoded> inputs, Query query) {
        return new Attribution(session, query).answer(inputs);
    }

    private Answer answer(List<Encoded> inputs) {
        inputs.forEach(input -> positions(input.length()));
        AttributionSize size = new AttributionSize(session, query, edited.size(), topK);
        session.answers("input", size.answer(inputs, n -> positions(n).length));
        try (Altered altered = new Altered(session, query.interventions, query.addSpecialTokens)) {
            altered.check(inputs);
            Result[] results = new Result[inputs.size()];
            for (Session.Batch batch : session.batches(inputs, n -> size.kept(n, positions(n).length))) {
                run(batch, altered, inputs, results);
            }
            List<String> warnings = new ArrayList<>(altered.warnings());
            if (Arrays.stream(results).anyMatch(r -> r.residual.contains(null))) {
                warnings.add("a logit or the sum of its components is not finite and therefore null");
            }
            return new Answer(model.id(), List.of(results), altered.seeds(), session.provenance(inputs), warnings);
        }
    }

    private int[] positions(int length) {
        if (query.positions == null) {
            return new int[] {Selection.position("metric.position", query.metric.position(), length)};
        }
        int[] positions = Selection.positions("positions", query.positions, length);
        if (query.bySource && positions.length != 1) {
            throw new BadSelection("positions", "must be exactly 1 for by_source");
        }
        return positions;
    }

    private void run(Session.Batch batch, Altered altered, List<Encoded> inputs, Result[] results) {
        int[] positions = positions(batch.length());
        try (NDManager scratch = session.newManager()) {
            StreamReader reader = new StreamReader(
                    altered.on(scratch, batch.rows()), edited, positions, query.bySource, query.neurons);
            AttributionRun run = AttributionRun.of(model, reader, batch.ids(scratch), query.metric, positions);
            Shares shares = run.shares();
            NDArray exact = run.exact();
            NDArray total = shares.total();
            for (int row = 0; row < batch.rows().size(); row++) {
                int input = batch.inputs().get(row);
                LogitComponents components = LogitComponents.of(session.kept(), shares, row);
                List<Integer> read = Session.boxed(positions);
                Map<String, Tensor> neurons =
                        components.neurons() == null ? null : Map.of("neuron", components.neurons());
                results[input] = new Result(
                        Session.boxed(inputs.get(input).ids()),
                        inputs.get(input).tokens(),
                        read,
                        numbers(exact, row),
                        shares.uncapped() == null ? null : numbers(run.logit(), row),
                        numbers(total, row),
                        numbers(exact.sub(total), row),
                        Component.strongest(components.parts(), read, topK),
                        neurons == null ? null : Component.strongest(neurons, read, topK),
                        components);
            }
        }
    }

    private static List<@Nullable Double> numbers(NDArray perPosition, int row) {
        List<@Nullable Double> numbers = new ArrayList<>();
        for (double value : Ops.row(perPosition, row).toDoubleArray()) {
            numbers.add(Effect.finite(value));
        }
        return numbers;
    }
}
