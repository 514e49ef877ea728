package dev.headlight.interp;

import dev.headlight.model.BadSelection;
import dev.headlight.model.Encoded;
import dev.headlight.model.Provenance;
import dev.headlight.tensor.Tensor;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Which part carries an effect: a metric of one run, with each part in turn as it is in another run, or ablated. The run may
 * be corrupted by noise (causal tracing), and the parts may act on some receivers alone (path patching).
 *
 * @see Sweep
 * @see Tracing
 * @see Paths
 * @see <a href="https://arxiv.org/abs/2404.15255">Heimersheim and Nanda, 2024, on the practice</a>
 */
public final class Patching {
    /**
     * @param noise of the run that is patched into, whose input is that of the clean one; null for none
     * @param receivers the only ones that hear of a patch; empty for all
     * @param freezeMlps whether MLPs between a patch and its receivers are frozen too
     */
    public record Query(Patch patch, @Nullable Tracing noise, List<Receiver> receivers, boolean freezeMlps) {}

    /**
     * What a grid's axes stand for.
     *
     * @param tokens of the run that is patched into
     * @param heads null for a hook point without heads
     * @param neurons null unless they are an axis, or were chosen
     */
    public record Axes(
            List<Integer> tokenIds,
            List<String> tokens,
            List<Integer> layers,
            List<Integer> positions,
            @Nullable List<Integer> heads,
            @Nullable List<Integer> neurons) {
        static Axes of(PatchRuns runs, Patch patch) {
            Grid grid = runs.grid();
            boolean named =
                    grid.over().contains(Grid.Axis.NEURON) || patch.grid().neurons() != null;
            return new Axes(
                    Session.boxed(runs.target().ids()),
                    runs.target().tokens(),
                    Session.boxed(grid.layers()),
                    Session.boxed(grid.positions()),
                    grid.site().hasHeads() ? Session.boxed(grid.heads()) : null,
                    named ? Session.boxed(grid.neurons()) : null);
        }
    }

    /** Block evaluations at one position: those done for the cells, and those of a whole run for each cell. */
    public record Work(long tokenLayers, long tokenLayersNaive) {}

    /**
     * The noise of causal tracing.
     *
     * @param std its standard deviation
     * @param positions those that it is added at
     * @param corruptedStandardError of the corrupted runs' metric; null for 1 sample
     */
    public record Noised(
            double std,
            List<Integer> positions,
            int samples,
            long seed,
            @Nullable Double corruptedStandardError) {}

    /**
     * @param grid the metric with each cell patched; the mean over the samples of noise
     * @param clean the metric of the unpatched run; null for an ablation, as {@code corrupted} and {@code normalised} are
     * @param baseline the metric of the unpatched run; null but for an ablation
     * @param normalised 0 for the run patched into, 1 for the run patched from
     * @param standardError of the grid over the samples of noise; null for fewer than 2
     * @param noise null for none
     * @param seed of a resampling; null for what draws nothing
     * @param seeds of each intervention, in order; null where it draws nothing
     */
    public record Answer(
            String model,
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
            implements Analysis {

        /** What the metric is without a patch. */
        public double unpatched(boolean noising) {
            return Objects.requireNonNull(baseline != null ? baseline : noising ? clean : corrupted);
        }
    }

    private Patching() {}

    /**
     * All of it makes arrays: it is its own rehearsal.
     *
     * @param inputs clean and corrupted, or one
     * @param listener told of cells as they are found, once for each sample of noise
     * @throws BadSelection for whatever the model or an input rules out, before anything is run
     */
    public static Answer compute(Session session, List<Encoded> inputs, Query query, Sweep.Listener listener) {
        try (PatchRuns runs = new PatchRuns(session, inputs, query.patch)) {
            return new PatchingRun(session, query, runs, listener).answer(inputs);
        }
    }
}
