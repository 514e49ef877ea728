package dev.headlight.interp;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.headlight.model.Encoded;
import dev.headlight.model.Provenance;
import dev.headlight.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Which part carries an effect: a metric of one run, with each part in turn as it is in another run, or ablated.
 *
 * @see Sweep
 * @see <a href="https://arxiv.org/abs/2404.15255">Heimersheim and Nanda, 2024, on the practice</a>
 */
public final class Patching {
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
            @Nullable List<Integer> neurons) {}

    /** Block evaluations at one position: those done for the cells, and those of a whole run for each cell. */
    public record Work(long tokenLayers, long tokenLayersNaive) {}

    /**
     * @param grid the metric with each cell patched
     * @param clean the metric of the unpatched run; null for an ablation, as {@code corrupted} and {@code normalised} are
     * @param baseline the metric of the unpatched run; null but for an ablation
     * @param normalised 0 for the run patched into, 1 for the run patched from
     * @param seed of a resampling; null for what draws nothing
     */
    public record Answer(
            String model,
            Tensor grid,
            @Nullable Double clean,
            @Nullable Double corrupted,
            @Nullable Double baseline,
            @Nullable Tensor normalised,
            Axes axes,
            Work work,
            @Nullable Long seed,
            List<@Nullable Long> seeds,
            Provenance provenance,
            List<String> warnings)
            implements Analysis {
        @Override
        public Map<String, Tensor> tensors() {
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            tensors.put("grid", grid);
            if (normalised != null) {
                tensors.put("normalised", normalised);
            }
            return tensors;
        }

        @Override
        public Answer with(Map<String, Tensor> others) {
            return new Answer(
                    model,
                    Objects.requireNonNull(others.get("grid")),
                    clean,
                    corrupted,
                    baseline,
                    others.get("normalised"),
                    axes,
                    work,
                    seed,
                    seeds,
                    provenance,
                    warnings);
        }
    }

    private final Session session;
    private final Patch query;

    private Patching(Session session, Patch query) {
        this.session = session;
        this.query = query;
    }

    /**
     * @param inputs clean and corrupted, or the one that is ablated
     * @throws dev.headlight.model.BadSelection for whatever the model or an input rules out, before anything is run
     */
    public static Answer compute(Session session, List<Encoded> inputs, Patch query) {
        try (PatchRuns runs = new PatchRuns(session, inputs, query);
                NDManager manager = session.newManager()) {
            return new Patching(session, query).answer(runs, manager, inputs);
        }
    }

    private Answer answer(PatchRuns runs, NDManager manager, List<Encoded> inputs) {
        Grid grid = runs.grid();
        session.answers(
                "over", session.answerSize().inputs(List.of(runs.target())).tensor(grid.size()));
        Sweep sweep = new Sweep(session, grid, (cells, values) -> {});
        PatchRuns.Values values = runs.values(manager, grid.hooks());
        Target target = new Target(session, runs, manager, runs.onTarget(manager), values);
        double[] found = sweep.run(target);
        NDArray source = values.metric(target.measure());
        List<String> warnings = new ArrayList<>(runs.altered().warnings());
        return source == null
                ? ablated(runs, found, target.baseline(), sweep, inputs, warnings)
                : patched(runs, found, target.baseline(), source.toDoubleArray()[0], sweep, inputs, warnings);
    }

    private Answer ablated(
            PatchRuns runs, double[] found, double baseline, Sweep sweep, List<Encoded> inputs, List<String> warnings) {
        return new Answer(
                session.model().id(),
                kept(runs.grid(), found),
                null,
                null,
                baseline,
                null,
                axes(runs, query),
                new Work(sweep.tokenLayers(), sweep.naiveTokenLayers()),
                query.ablation() == Ablation.RESAMPLE ? query.seed() : null,
                runs.altered().seeds(),
                session.provenance(inputs),
                warnings);
    }

    private Answer patched(
            PatchRuns runs,
            double[] found,
            double into,
            double from,
            Sweep sweep,
            List<Encoded> inputs,
            List<String> warnings) {
        boolean noising = query.direction() == Patch.Direction.NOISING;
        double[] normalised = new double[found.length];
        for (int i = 0; i < found.length; i++) {
            normalised[i] = (found[i] - into) / (from - into);
        }
        if (from == into) {
            warnings.add("the metric of both runs is the same, and normalised has no finite value");
        }
        return new Answer(
                session.model().id(),
                kept(runs.grid(), found),
                noising ? into : from,
                noising ? from : into,
                null,
                kept(runs.grid(), normalised),
                axes(runs, query),
                new Work(sweep.tokenLayers(), sweep.naiveTokenLayers()),
                null,
                runs.altered().seeds(),
                session.provenance(inputs),
                warnings);
    }

    private Tensor kept(Grid grid, double[] values) {
        float[] floats = new float[values.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) values[i];
        }
        return session.kept().keep(floats, grid.shape(), grid.dims());
    }

    static Axes axes(PatchRuns runs, Patch query) {
        Grid grid = runs.grid();
        boolean named = grid.over().contains(Grid.Axis.NEURON) || query.grid().neurons() != null;
        return new Axes(
                Session.boxed(runs.target().ids()),
                runs.target().tokens(),
                Session.boxed(grid.layers()),
                Session.boxed(grid.positions()),
                grid.site().hasHeads() ? Session.boxed(grid.heads()) : null,
                named ? Session.boxed(grid.neurons()) : null);
    }
}
