package dev.headlight.interp;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.headlight.model.BadSelection;
import dev.headlight.model.Encoded;
import dev.headlight.model.Hooks;
import dev.headlight.model.Provenance;
import dev.headlight.tensor.Tensor;
import java.util.ArrayList;
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

    private final Session session;
    private final Query query;
    private final PatchRuns runs;
    private final Grid grid;
    private final Sweep sweep;
    private final int[] noised;
    private final int targets;
    private final Sweep.Listener listener;

    private Patching(Session session, Query query, PatchRuns runs, Sweep.Listener listener) {
        this.session = session;
        this.query = query;
        this.runs = runs;
        this.grid = runs.grid();
        this.listener = listener;
        this.targets = query.noise == null ? 1 : query.noise.samples();
        this.noised = query.noise == null ? new int[0] : query.noise.check(grid.length());
        if (!query.receivers.isEmpty() && grid.window() != 1) {
            throw new BadSelection("window", grid.window(), "must be 1 where there are receivers");
        }
        Paths paths = query.receivers.isEmpty()
                ? null
                : Paths.of(query.receivers, query.freezeMlps, session.model().info(), grid.length());
        this.sweep = new Sweep(session, runs, paths, listener);
        session.requireHeld("hook", session.values(sweep.held(), grid.length()));
    }

    /**
     * All of it makes arrays: it is its own rehearsal.
     *
     * @param inputs clean and corrupted, or one
     * @param listener told of cells as they are found, once for each sample of noise
     * @throws BadSelection for whatever the model or an input rules out, before anything is run
     */
    public static Answer compute(Session session, List<Encoded> inputs, Query query, Sweep.Listener listener) {
        try (PatchRuns runs = new PatchRuns(session, inputs, query.patch)) {
            return new Patching(session, query, runs, listener).answer(inputs);
        }
    }

    private Answer answer(List<Encoded> inputs) {
        AnswerSize size = session.answerSize().inputs(List.of(runs.target()));
        int tensors = query.patch.ablation() != null ? 1 : query.noise == null ? 2 : 3;
        for (int i = 0; i < tensors; i++) {
            size.tensor().values(grid.size());
        }
        session.answers("over", size);
        Double std = query.noise == null ? null : query.noise.deviation(session);
        Samples samples = new Samples();
        listener.starts((int) grid.shape()[1], targets * grid.size());
        try (NDManager manager = session.newManager()) {
            PatchRuns.Values values = runs.values(manager, grid.hooks());
            for (int i = 0; i < targets; i++) {
                samples.add(sample(values, std, i));
            }
        }
        return answer(samples, std, inputs);
    }

    /** One run that is patched into, and all cells. */
    private Samples.One sample(PatchRuns.Values values, @Nullable Double std, int sample) {
        try (NDManager own = session.newManager()) {
            Hooks hooks = runs.onTarget(own);
            if (query.noise != null && std != null) {
                hooks = hooks.then(query.noise.noise(session, std, sample, noised, grid.length()));
            }
            Target target = new Target(session, runs, own, hooks, values, sweep.held());
            NDArray source = values.metric(target.measure());
            double from = source == null ? Double.NaN : source.toDoubleArray()[0];
            return new Samples.One(sweep.run(target), target.baseline(), from);
        }
    }

    private Answer answer(Samples samples, @Nullable Double std, List<Encoded> inputs) {
        boolean ablates = query.patch.ablation() != null;
        boolean noising = query.patch.direction() == Patch.Direction.NOISING;
        List<String> warnings = new ArrayList<>(runs.altered().warnings());
        if (!ablates && samples.into() == samples.from()) {
            warnings.add("the metric of both runs is the same, and normalised has no finite value");
        }
        return new Answer(
                session.model().id(),
                kept(samples.grid()),
                ablates ? null : noising ? samples.into() : samples.from(),
                ablates ? null : noising ? samples.from() : samples.into(),
                ablates ? samples.into() : null,
                ablates ? null : kept(samples.normalised()),
                samples.count() < 2 ? null : kept(samples.standardError()),
                Axes.of(runs, query.patch),
                new Work(sweep.tokenLayers(), samples.count() * sweep.naiveTokenLayers()),
                query.noise == null || std == null ? null : noised(query.noise, std, samples),
                query.patch.ablation() == Ablation.RESAMPLE ? query.patch.seed() : null,
                runs.altered().seeds(),
                session.provenance(inputs),
                warnings);
    }

    private Noised noised(Tracing noise, double std, Samples samples) {
        Double error = samples.count() < 2 ? null : samples.intoStandardError();
        return new Noised(std, Session.boxed(noised), samples.count(), noise.seed(), error);
    }

    private Tensor kept(float[] values) {
        return session.kept().keep(values, grid.shape(), grid.dims());
    }
}
