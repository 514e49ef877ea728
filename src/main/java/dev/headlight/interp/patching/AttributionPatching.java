package dev.headlight.interp.patching;

import ai.djl.ndarray.NDManager;
import dev.headlight.interp.intervene.Ablation;
import dev.headlight.interp.metric.Measured;
import dev.headlight.interp.metric.Metric;
import dev.headlight.interp.session.AnalysisAnswer;
import dev.headlight.interp.session.Session;
import dev.headlight.model.Provenance;
import dev.headlight.model.fault.BadSelection;
import dev.headlight.model.text.Encoded;
import dev.headlight.tensor.Tensor;
import dev.headlight.tensor.Wire;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Attribution patching: estimates, to first order, how patching each cell of a grid changes a metric. All cells together take
 * one forward pass on each input and one backward pass.
 *
 * @see GridEstimates
 * @see <a href="https://www.neelnanda.io/mechanistic-interpretability/attribution-patching">Nanda, 2023, attribution
 *     patching</a>
 */
public final class AttributionPatching {
    /** Where gradients are computed. */
    public enum Method {
        /** In the base run. */
        GRADIENT,
        /** In several runs between the two, then averaged. */
        INTEGRATED_GRADIENTS;

        /** The name in requests and answers. */
        @Override
        public String toString() {
            return Wire.name(this);
        }
    }

    /**
     * The cells to estimate.
     *
     * @param sweep the sweep that is estimated
     * @param steps how many runs the gradients are averaged over; 1 for the base run alone
     * @param exact how many of the strongest cells are also patched; null for none
     */
    public record Query(
            SweepQuery sweep, int steps, @Nullable Integer exact) {}

    /**
     * A cell that was also patched.
     *
     * @param index its row and column in the grid
     * @param estimate the estimated change of the metric
     * @param exact the metric with the cell patched minus the metric of the base run
     */
    public record Exact(List<Integer> index, double estimate, double exact) {}

    /**
     * The cost of the request.
     *
     * @param forwardPasses runs of the whole model on one input
     * @param backwardPasses backward passes through the whole model
     * @param exactTokenLayers evaluations of one block at one position for the cells that were also patched
     */
    public record Work(long forwardPasses, long backwardPasses, long exactTokenLayers) {}

    /**
     * The answer. Its tensors have the two axes of the grid.
     *
     * @param measured the tokens and the position of the metric
     * @param grid the estimated change of the metric with each cell patched
     * @param clean the metric of the clean run; null for an ablation
     * @param corrupted the metric of the corrupted run; null for an ablation
     * @param baseline the metric of the unpatched run; null unless the request is an ablation
     * @param normalised the grid divided by the difference of the metric between the two runs; null for an ablation
     * @param exact strongest first; null if not requested
     * @param axes the layers, positions, heads and neurons along the axes; null for edges
     * @param senders names of the senders of edges; null for a hook point
     * @param receivers names of the receivers of edges; null for a hook point
     * @param work the cost of the request
     * @param seed of a resampling; null without one
     * @param seeds one per intervention, in order; null for an intervention without randomness
     */
    public record Answer(
            String model,
            Measured measured,
            Tensor grid,
            @Nullable Double clean,
            @Nullable Double corrupted,
            @Nullable Double baseline,
            @Nullable Tensor normalised,
            @Nullable List<Exact> exact,
            Patching.@Nullable Axes axes,
            @Nullable List<String> senders,
            @Nullable List<String> receivers,
            Work work,
            @Nullable Long seed,
            List<@Nullable Long> seeds,
            Provenance provenance,
            List<String> warnings)
            implements AnalysisAnswer {}

    private AttributionPatching() {}

    /**
     * Estimates every cell; also its dry run.
     *
     * @param inputs clean and corrupted, or the one that is ablated
     * @throws BadSelection if the model or an input does not allow the query; nothing is run then
     * @throws dev.headlight.model.fault.TooLarge for more memory than the limits allow
     */
    public static Answer compute(Session session, List<Encoded> inputs, Query query) {
        SweepQuery sweep = query.sweep;
        requireGradients(sweep.metric(), query.steps, sweep.ablation());
        try (PreparedSweep prepared = new PreparedSweep(session, inputs, sweep);
                NDManager manager = session.newManager()) {
            return new AttributionPatchingRun(session, query, prepared, manager).answer(inputs);
        }
    }

    /**
     * Checks that gradients can be computed.
     *
     * @throws BadSelection for a metric whose gradient is 0 in the base run, and for integrated gradients of an ablation
     */
    public static void requireGradients(Metric metric, int steps, @Nullable Ablation ablation) {
        if (metric.type() == Metric.Type.KL_DIVERGENCE && steps == 1) {
            throw new BadSelection(
                    "metric.type",
                    metric.type(),
                    "has gradient 0 in the unpatched run, where it is at its minimum; use integrated_gradients with 2 steps or more");
        }
        if (steps > 1 && ablation != null) {
            throw new BadSelection(
                    "method", "integrated_gradients needs two runs, clean and corrupted, and an ablation has one");
        }
    }
}
