package dev.headlight.interp;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.headlight.model.Capture;
import dev.headlight.model.HookName;
import dev.headlight.model.HookedModel;
import dev.headlight.model.ModelInfo;
import dev.headlight.model.Site;
import dev.headlight.tensor.Ledger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The metric of a run with each cell's part replaced. A cell resumes at its layer, and in a causal model at its first
 * position, from the unpatched run; cells of one first position climb together, and those of later layers join them.
 *
 * <p>Block evaluations at one position, for N layers and T tokens: a cell at layer l and first position p takes
 * (N - l)(T - p), or (N - l - 1)(T - p) at {@code resid_post}; p is 0 in a model that is not causal. A cell that is
 * wholly behind the metric's position in a causal model takes none. With receivers, of which the lowest is in layer r, a
 * cell takes (N - r)(T - p) more; nothing more where all are behind the blocks.
 */
public final class Sweep {
    /** Told of every finished batch. */
    public interface Listener {
        /**
         * Before the first batch of a request.
         *
         * @param columns of the grid
         * @param of how many cells will be found, once for each run that is patched into
         */
        default void starts(int columns, int of) {}

        /**
         * @param cells their places in the grid, row-major
         * @param values of the cells, in the same order
         */
        void found(int[] cells, double[] values);
    }

    private final Session session;
    private final HookedModel model;
    private final Grid grid;
    private final @Nullable Paths paths;
    private final boolean causal;
    private final int layers;
    private final Listener listener;
    private final long rowBytes;
    private long tokenLayers;

    /** @param paths on which alone the cells act; null for all */
    Sweep(Session session, PatchRuns runs, @Nullable Paths paths, Listener listener) {
        this.session = session;
        this.model = session.model();
        this.grid = runs.grid();
        this.paths = paths;
        this.causal = runs.altered().isCausal();
        this.layers = model.info().nLayers();
        this.listener = listener;
        this.rowBytes = rowBytes(runs.newMeasure().unembedded());
        session.limits().requireRun("input", rowBytes);
    }

    /** What a row takes that begins at the first block and position. */
    private long rowBytes(int unembedded) {
        Ledger ledger = new Ledger();
        ModelInfo info = model.info();
        try (NDManager paper = model.newManager(ledger)) {
            model.climb(HookedModel.ids(paper, List.of(new int[grid.length()])), new Capture(List.of()), null);
        }
        long keysAndValues = 2L * info.nKvHeads() * info.dHead() * grid.length();
        long logits = 4L * Double.BYTES * unembedded * info.vocabSize(); // with their probabilities
        return ledger.peak() + Float.BYTES * (keysAndValues + 2 * heard()) + logits;
    }

    /** Values that a row's receivers hear, and those of the unembedding where it is run for them at every position. */
    private long heard() {
        if (paths == null) {
            return 0;
        }
        boolean above = paths.receivers().stream().anyMatch(hook -> !hook.site().perLayer());
        long logits = above ? (long) grid.length() * model.info().vocabSize() : 0;
        return session.values(paths.receivers(), grid.length()) + logits;
    }

    /** The target's own values that the cells are resumed from and changed at. */
    Set<HookName> held() {
        Set<HookName> held = new LinkedHashSet<>(grid.hooks());
        int lowest = grid.hooks().stream().mapToInt(HookName::layer).min().orElseThrow();
        if (paths != null) {
            held.addAll(paths.frozen(lowest, layers));
            held.add(new HookName(layers - 1, Site.RESID_POST));
        }
        for (int layer = lowest; layer < layers; layer++) {
            held.add(new HookName(layer, Site.RESID_PRE));
        }
        return held;
    }

    /**
     * Runs all cells.
     *
     * @return the metric of each
     */
    double[] run(Target target) {
        return run(target, IntStream.range(0, grid.size()).toArray());
    }

    /**
     * Runs some cells.
     *
     * @return the metric of each cell of the grid; that of the target for one that is not among them
     */
    double[] run(Target target, int[] indices) {
        double[] found = new double[grid.size()];
        Arrays.fill(found, target.baseline());
        List<Grid.Cell> unreached = new ArrayList<>();
        Map<Integer, List<Grid.Cell>> groups = new TreeMap<>();
        for (int index : indices) {
            Grid.Cell cell = grid.cell(index);
            if (causal && cell.first() > target.measure().last()) {
                unreached.add(cell);
            } else {
                groups.computeIfAbsent(causal ? cell.first() : 0, p -> new ArrayList<>())
                        .add(cell);
            }
        }
        tell(unreached, found);
        groups.forEach((from, cells) -> {
            cells.sort(Comparator.comparingInt(Grid.Cell::layer));
            int most = rows(from);
            for (int i = 0; i < cells.size(); i += most) {
                List<Grid.Cell> batch = cells.subList(i, Math.min(cells.size(), i + most));
                run(target, batch, from, found);
            }
        });
        return found;
    }

    /** As many as a moderate amount of memory holds, of rows that begin at a position. */
    private int rows(int from) {
        long bytes = Math.max(1, rowBytes * (grid.length() - from) / grid.length());
        return (int) Math.max(1, Session.BATCH_BYTES / bytes);
    }

    private void run(Target target, List<Grid.Cell> batch, int from, double[] found) {
        try (NDManager scratch = session.newManager()) {
            double[] values = paths == null
                    ? climbed(target, batch, from, scratch)
                    : arrived(paths, target, batch, from, scratch);
            for (int row = 0; row < values.length; row++) {
                found[batch.get(row).index()] = values[row];
            }
        }
        tell(batch, found);
    }

    private double[] climbed(Target target, List<Grid.Cell> batch, int from, NDManager scratch) {
        Climb climb = new Climb(target, batch, from, null);
        NDArray resid = climb.run(model, scratch);
        tokenLayers += climb.tokenLayers();
        return target.measure().of(resid, from, target.hooks()).toDoubleArray();
    }

    /** Of the first cells, those that some receiver is not below of. */
    private double[] arrived(Paths paths, Target target, List<Grid.Cell> batch, int from, NDManager scratch) {
        Climb climb = new Climb(target, batch, from, paths);
        NDArray resid = climb.run(model, scratch);
        tokenLayers += climb.tokenLayers();
        if (paths.receivers().stream().anyMatch(hook -> !hook.site().perLayer())) {
            model.unembed(resid, climb);
        }
        if (climb.received().isEmpty()) {
            return new double[0];
        }
        Arrival arrival = new Arrival(target, paths, climb.received(), layers, from);
        NDArray read = arrival.run(model, scratch);
        tokenLayers += arrival.tokenLayers();
        return target.measure().of(read, from, arrival).toDoubleArray();
    }

    private void tell(List<Grid.Cell> cells, double[] found) {
        if (!cells.isEmpty()) {
            int[] places = cells.stream().mapToInt(Grid.Cell::index).toArray();
            listener.found(
                    places, Arrays.stream(places).mapToDouble(i -> found[i]).toArray());
        }
    }

    /** Block evaluations at one position that the cells took. */
    long tokenLayers() {
        return tokenLayers;
    }

    /** What the loop takes that runs the whole model for each cell. */
    long naiveTokenLayers() {
        return (long) grid.size() * grid.length() * model.info().nLayers();
    }
}
