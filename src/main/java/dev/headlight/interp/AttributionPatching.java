package dev.headlight.interp;

import ai.djl.ndarray.NDManager;
import dev.headlight.model.BadSelection;
import dev.headlight.model.Encoded;
import dev.headlight.model.Provenance;
import dev.headlight.tensor.Tensor;
import dev.headlight.tensor.Wire;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What patching each cell of a grid would change, all cells at once and to first order: from a run forward on each input
 * and one back.
 *
 * @see FirstOrder
 */
public final class AttributionPatching {
    /** Where gradients are taken. */
    public enum Method {
        /** In the run that is patched into. */
        GRADIENT,
        /** In several runs between the two, and averaged. */
        INTEGRATED_GRADIENTS;

        /** The name in requests and answers. */
        @Override
        public String toString() {
            return Wire.name(this);
        }
    }

    /**
     * @param steps how many runs the gradients are averaged over; 1 for those of the run patched into alone
     * @param exact how many of the strongest cells are patched too; null for none
     */
    public record Query(Patch patch, int steps, @Nullable Integer exact) {}

    /**
     * A cell that was patched too.
     *
     * @param index its place in the grid
     * @param exact the metric with it patched, less that of the run patched into
     */
    public record Exact(List<Integer> index, double estimate, double exact) {}

    /**
     * Runs of the whole model on one input.
     *
     * @param exactTokenLayers block evaluations at one position for the cells that were patched too
     */
    public record Work(long forwardPasses, long backwardPasses, long exactTokenLayers) {}

    /**
     * @param grid the estimated change of the metric with each cell patched
     * @param clean the metric of the unpatched run; null for an ablation, as {@code corrupted} and {@code normalised} are
     * @param baseline the metric of the unpatched run; null but for an ablation
     * @param normalised 1 for all that lies between the two runs
     * @param exact strongest first; null where none were asked for
     * @param axes null for edges
     * @param senders of edges; null for a hook point, as {@code receivers} are
     * @param seed of a resampling; null for what draws nothing
     */
    public record Answer(
            String model,
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
            implements Analysis {}

    private AttributionPatching() {}

    /**
     * @param inputs clean and corrupted, or the one that is ablated
     * @throws BadSelection for whatever the model or an input rules out, before anything is run
     * @throws dev.headlight.model.TooLarge for more memory than the limits allow
     */
    public static Answer compute(Session session, List<Encoded> inputs, Query query) {
        Patch patch = query.patch;
        requireSlope(patch.metric(), query.steps, patch.ablation());
        try (PatchRuns runs = new PatchRuns(session, inputs, patch);
                NDManager manager = session.newManager()) {
            return new AttributionPatchingRun(session, query, runs, manager).answer(inputs);
        }
    }

    /** @throws BadSelection for a metric without a slope there, and for a way without a run at its other end */
    static void requireSlope(Metric metric, int steps, @Nullable Ablation ablation) {
        if (metric.type() == Metric.Type.KL_DIVERGENCE && steps == 1) {
            throw new BadSelection(
                    "metric.type",
                    metric.type(),
                    "has no slope in the unpatched run, where it is 0 and smallest; take integrated_gradients of 2 steps or more");
        }
        if (steps > 1 && ablation != null) {
            throw new BadSelection(
                    "method",
                    "integrated_gradients lie between two runs, clean and corrupted, and an ablation has one");
        }
    }
}
