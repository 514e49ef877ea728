package dev.headlight.interp.attribution;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.headlight.interp.intervene.Intervention;
import dev.headlight.interp.intervene.InterventionRun;
import dev.headlight.interp.metric.Effect;
import dev.headlight.interp.metric.Measured;
import dev.headlight.interp.metric.Metric;
import dev.headlight.interp.metric.SpacedTokens;
import dev.headlight.interp.session.AnalysisAnswer;
import dev.headlight.interp.session.Selection;
import dev.headlight.interp.session.Session;
import dev.headlight.model.HookedModel;
import dev.headlight.model.Provenance;
import dev.headlight.model.fault.BadSelection;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.ResidualRecorder;
import dev.headlight.model.hook.Site;
import dev.headlight.model.text.Encoded;
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
 * Direct logit attribution: splits a logit, or a difference of two, into the sum of what each component of the model adds
 * to it directly, not through later layers. The scales of all norms are frozen at their values in the run.
 *
 * @see <a href="https://transformer-circuits.pub/2021/framework/index.html">Elhage et al., 2021</a>
 * @see <a href="https://arxiv.org/abs/2211.00593">Wang et al., 2022, section 3</a>
 */
public final class Attribution {
    /**
     * The logit to attribute.
     *
     * @param metric a logit or a difference of logits
     * @param positions where the metric is read; negative ones count from the end; null for the metric's own position
     * @param bySource whether each head is split by the positions that it attends to
     * @param neurons whether MLPs are split by neuron
     * @param topK how many components are listed; null for 10
     * @param interventions applied to every run
     * @param addSpecialTokens whether texts in interventions get special tokens
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
     * The components of one input. Each list of numbers has one per chosen position, in logits.
     *
     * @param measured the tokens of the metric, and its position if it is one
     * @param positions where the metric is read
     * @param logit the metric before any soft cap; a number is null if it is not finite
     * @param softCapped the metric as the model computes it; null if the model has no soft cap
     * @param total the sum of the components
     * @param residual logit minus total, which is rounding error
     * @param top the components with the largest magnitudes, in descending order
     * @param topNeurons the neurons with the largest magnitudes; null if they were not requested
     * @param components every component
     */
    public record Result(
            List<Integer> tokenIds,
            List<String> tokens,
            Measured measured,
            List<Integer> positions,
            List<@Nullable Double> logit,
            @Nullable List<@Nullable Double> softCapped,
            List<@Nullable Double> total,
            List<@Nullable Double> residual,
            List<Component> top,
            @Nullable List<Component> topNeurons,
            LogitComponents components) {}

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

    /** Sites where an intervention is a component of its own: its change adds to the residual stream or to the final norm. */
    private static final Set<Site> RESIDUAL_SITES = EnumSet.of(
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
    private final AttributionPositions positions;

    private Attribution(Session session, Query query) {
        this.session = session;
        this.model = session.model();
        this.query = query;
        this.positions = new AttributionPositions(model, query);
        this.topK = Selection.topK("top_k", query.topK, Integer.MAX_VALUE);
        this.edited = query.interventions.stream()
                .map(Intervention::hook)
                .filter(hook -> RESIDUAL_SITES.contains(hook.site()))
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
        if (!model.weightAnalyses().readsLinearly()) {
            throw new BadSelection(
                    "model",
                    model.id(),
                    "has a non-linear layer between its blocks and its unembedding, so its logits are not sums over"
                            + " components");
        }
        if (query.neurons && model.info().nExperts() > 0) {
            throw new BadSelection(
                    "neurons", true, "is undefined for model " + model.id() + ", whose MLPs are mixtures of experts");
        }
        query.interventions.forEach(this::requireAttributable);
    }

    private void requireAttributable(Intervention intervention) {
        Site site = intervention.hook().site();
        if (site == Site.LOGITS) {
            throw new BadSelection(
                    intervention.field() + ".hook", "logits", "comes after everything that a logit is attributed to");
        }
        if (site == Site.Z && query.bySource) {
            throw new BadSelection(intervention.field() + ".hook", "z", "has no source position; leave out by_source");
        }
    }

    /**
     * Runs the inputs and attributes the metric; also its dry run.
     *
     * @throws BadSelection if the method is undefined for the model, or an input does not allow the query
     */
    public static Answer compute(Session session, List<Encoded> inputs, Query query) {
        return new Attribution(session, query).answer(inputs);
    }

    private Answer answer(List<Encoded> inputs) {
        inputs.forEach(positions::of);
        AttributionSize size = new AttributionSize(session, query, edited.size(), topK);
        session.addAnswerSize("input", size.answer(inputs, positions::count));
        try (InterventionRun interventionRun =
                new InterventionRun(session, query.interventions, query.addSpecialTokens)) {
            interventionRun.check(inputs);
            Result[] results = new Result[inputs.size()];
            for (Session.Batch batch : session.batches(inputs, n -> size.valuesHeld(n, positions.count(n)))) {
                for (Session.Batch part : positions.parts(batch, inputs)) {
                    run(part, interventionRun, inputs, results);
                }
            }
            List<String> warnings = new ArrayList<>(interventionRun.warnings());
            warnings.addAll(
                    SpacedTokens.of(model, positions.measured(List.of())).ofFirst(session, inputs, positions::of));
            if (Arrays.stream(results).anyMatch(r -> r.residual.contains(null))) {
                warnings.add("a logit or the sum of its components is not finite and therefore null");
            }
            return new Answer(
                    model.id(), List.of(results), interventionRun.seeds(), session.provenance(inputs), warnings);
        }
    }

    private void run(Session.Batch batch, InterventionRun interventionRun, List<Encoded> inputs, Result[] results) {
        int[] read = positions.of(inputs.get(batch.inputs().get(0)));
        try (NDManager scratch = session.newManager()) {
            ResidualRecorder recorder = new ResidualRecorder(
                    interventionRun.on(scratch, batch.rows()), edited, read, query.bySource, query.neurons);
            AttributionRun run = AttributionRun.of(model, recorder, batch.ids(scratch), query.metric, read);
            for (int row = 0; row < batch.rows().size(); row++) {
                int input = batch.inputs().get(row);
                results[input] = result(run, row, inputs.get(input), Session.boxed(read));
            }
        }
    }

    private Result result(AttributionRun run, int row, Encoded input, List<Integer> read) {
        LogitComponents components = LogitComponents.of(session.memory(), run.contributions(), row);
        Tensor neurons = components.neurons();
        return new Result(
                Session.boxed(input.ids()),
                input.tokens(),
                positions.measured(read),
                read,
                numbers(run.uncapped(), row),
                run.contributions().uncapped() == null ? null : numbers(run.logit(), row),
                numbers(run.total(), row),
                numbers(run.uncapped().sub(run.total()), row),
                Component.strongest(components.parts(), read, topK),
                neurons == null ? null : Component.strongest(Map.of("neuron", neurons), read, topK),
                components);
    }

    /**
     * The numbers of one row.
     *
     * @param perPosition [batch, position], float64
     */
    private static List<@Nullable Double> numbers(NDArray perPosition, int row) {
        List<@Nullable Double> numbers = new ArrayList<>();
        for (double value : Ops.row(perPosition, row).toDoubleArray()) {
            numbers.add(Effect.finite(value));
        }
        return numbers;
    }
}
