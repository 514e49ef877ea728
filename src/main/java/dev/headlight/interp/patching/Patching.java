package dev.headlight.interp.patching;

import dev.headlight.interp.metric.Measured;
import dev.headlight.interp.session.AnalysisAnswer;
import dev.headlight.interp.session.Session;
import dev.headlight.model.Provenance;
import dev.headlight.model.fault.BadSelection;
import dev.headlight.model.text.Encoded;
import dev.headlight.tensor.Tensor;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Activation patching: a metric of one run with one part at a time replaced by its value in another run, or ablated. The run
 * may be corrupted by noise (causal tracing), and a patch may be restricted to its direct paths to some receivers (path
 * patching).
 *
 * @see Sweep
 * @see CausalTracingNoise
 * @see DirectPaths
 * @see <a href="https://arxiv.org/abs/2404.15255">Heimersheim and Nanda, 2024, How to use and interpret activation
 *     patching</a>
 */
public final class Patching {
    /**
     * A patching request.
     *
     * @param noise corrupts the base run, which then has the clean input; null for none
     * @param receivers the only hook points that a patch acts on, through direct paths; empty for an ordinary patch
     * @param freezeMlps whether MLPs between the patch and the receivers are frozen too, not only attention
     */
    public record Query(
            SweepQuery sweep, @Nullable CausalTracingNoise noise, List<Receiver> receivers, boolean freezeMlps) {}

    /**
     * The layers, positions, heads and neurons along the axes of a grid.
     *
     * @param tokenIds of the base run
     * @param tokens of the base run
     * @param heads null for a hook point without heads
     * @param neurons null unless they are an axis or were chosen
     */
    public record Axes(
            List<Integer> tokenIds,
            List<String> tokens,
            List<Integer> layers,
            List<Integer> positions,
            @Nullable List<Integer> heads,
            @Nullable List<Integer> neurons) {
        static Axes of(PreparedSweep prepared, SweepQuery query) {
            SweepGrid grid = prepared.grid();
            boolean listsNeurons =
                    grid.over().contains(SweepGrid.Axis.NEURON) || query.grid().neurons() != null;
            return new Axes(
                    Session.boxed(prepared.baseInput().ids()),
                    prepared.baseInput().tokens(),
                    Session.boxed(grid.layers()),
                    Session.boxed(grid.positions()),
                    grid.site().hasHeads() ? Session.boxed(grid.heads()) : null,
                    listsNeurons ? Session.boxed(grid.neurons()) : null);
        }
    }

    /**
     * The cost of all cells, in evaluations of one block at one position.
     *
     * @param tokenLayers evaluations done
     * @param tokenLayersNaive evaluations of one whole run per cell
     */
    public record Work(long tokenLayers, long tokenLayersNaive) {}

    /**
     * The noise of causal tracing, as it was applied.
     *
     * @param std its standard deviation
     * @param positions where it is added
     * @param samples how many noisy runs
     * @param seed of the first sample
     * @param corruptedStandardError of the corrupted runs' metric; null for 1 sample
     */
    public record Noised(
            double std,
            List<Integer> positions,
            int samples,
            long seed,
            @Nullable Double corruptedStandardError) {}

    /**
     * The answer. Its tensors have the two axes of the grid.
     *
     * @param grid the metric with each cell patched; the mean over samples of noise
     * @param clean the metric of the clean run; null for an ablation
     * @param corrupted the metric of the corrupted run; null for an ablation
     * @param baseline the metric of the unpatched run; null unless the request is an ablation
     * @param normalised the grid scaled to 0 for the base run and 1 for the source run; null for an ablation
     * @param standardError of the grid over the samples of noise; null for fewer than 2
     * @param axes the layers, positions, heads and neurons along the axes
     * @param work the cost of the cells
     * @param noise null without noise
     * @param seed of a resampling; null without one
     * @param measured the tokens and the position of the metric
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
            @Nullable Tensor standardError,
            Axes axes,
            Work work,
            @Nullable Noised noise,
            @Nullable Long seed,
            List<@Nullable Long> seeds,
            Provenance provenance,
            List<String> warnings)
            implements AnalysisAnswer {

        /**
         * The metric of the base run.
         *
         * @param noising whether the base run is the clean one
         */
        public double unpatched(boolean noising) {
            return Objects.requireNonNull(baseline != null ? baseline : noising ? clean : corrupted);
        }
    }

    private Patching() {}

    /**
     * Patches every cell; also its dry run.
     *
     * @param inputs clean and corrupted, or one
     * @param listener gets cells as they are found, once per sample of noise
     * @throws BadSelection if the model or an input does not allow the query; nothing is run then
     */
    public static Answer compute(Session session, List<Encoded> inputs, Query query, Sweep.Listener listener) {
        try (PreparedSweep prepared = new PreparedSweep(session, inputs, query.sweep)) {
            return new PatchingRun(session, query, prepared, listener).answer(inputs);
        }
    }
}
