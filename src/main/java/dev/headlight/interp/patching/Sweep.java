package dev.headlight.interp.patching;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.headlight.interp.session.Session;
import dev.headlight.model.HookedModel;
import dev.headlight.model.ModelInfo;
import dev.headlight.model.hook.Capture;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.Site;
import dev.headlight.tensor.CostCounter;
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
 * Computes the metric of the base run with each cell patched. A cell starts from the cached base run at its lowest layer and,
 * in a causal model, at its first position. Cells with the same first position run as one batch, which cells of later layers
 * join.
 *
 * <p>Cost in evaluations of one block at one position, for N layers and T tokens: a cell at layer l and first position p
 * takes (N - l)(T - p), or (N - l - 1)(T - p) at {@code resid_post}; p is 0 in a model that is not causal. In a causal model,
 * a cell after the metric's position takes none. With receivers, the lowest in layer r, a cell takes (N - r)(T - p) more, or
 * nothing more if all receivers come after the blocks.
 */
public final class Sweep {
    /** Gets the cells of every finished batch. */
    public interface Listener {
        /**
         * Called before the first batch of a request.
         *
         * @param columns of the grid
         * @param cellCount how many cells will be found, over all base runs
         */
        default void starts(int columns, int cellCount) {}

        /**
         * Called after each batch.
         *
         * @param cells row-major indices in the grid
         * @param values the metric of each, in the same order
         */
        void found(int[] cells, double[] values);
    }

    private final Session session;
    private final HookedModel model;
    private final SweepGrid grid;
    private final @Nullable DirectPaths paths;
    private final boolean causal;
    private final int layers;
    private final Listener listener;
    private final long rowBytes;
    private long tokenLayers;

    /**
     * Plans a sweep.
     *
     * @param paths the only paths through which a cell acts; null for all paths
     */
    Sweep(Session session, PreparedSweep prepared, @Nullable DirectPaths paths, Listener listener) {
        this.session = session;
        this.model = session.model();
        this.grid = prepared.grid();
        this.paths = paths;
        this.causal = prepared.interventionRun().isCausal();
        this.layers = model.info().nLayers();
        this.listener = listener;
        this.rowBytes = rowBytes(prepared.newMetricReader().unembeddedPositions());
        session.limits().requireRun("input", rowBytes);
    }

    /** Bytes of one row that starts at the first block and position. */
    private long rowBytes(int unembedded) {
        CostCounter costs = new CostCounter();
        ModelInfo info = model.info();
        try (NDManager meta = model.newManager(costs)) {
            model.runBlocks(HookedModel.ids(meta, List.of(new int[grid.length()])), new Capture(List.of()), null);
        }
        long keysAndValues = 2L * info.nKvHeads() * info.dHead() * grid.length();
        long logits = 4L * Double.BYTES * unembedded * info.vocabSize(); // with their probabilities
        return costs.peak() + Float.BYTES * (keysAndValues + 2 * receiverValues()) + logits;
    }

    /** Values per row that stay in memory for receivers, with the logits of every position if one is after the blocks. */
    private long receiverValues() {
        if (paths == null) {
            return 0;
        }
        boolean afterBlocks =
                paths.receivers().stream().anyMatch(hook -> !hook.site().perLayer());
        long logits = afterBlocks ? (long) grid.length() * model.info().vocabSize() : 0;
        return session.values(paths.receivers(), grid.length()) + logits;
    }

    /** Hook points of the base run that must be captured: where cells start, and what they patch or freeze. */
    Set<HookName> heldHookNames() {
        Set<HookName> hooks = new LinkedHashSet<>(grid.hookNames());
        int lowest = grid.hookNames().stream().mapToInt(HookName::layer).min().orElseThrow();
        if (paths != null) {
            hooks.addAll(paths.frozen(lowest, layers));
            hooks.add(new HookName(layers - 1, Site.RESID_POST));
        }
        for (int layer = lowest; layer < layers; layer++) {
            hooks.add(new HookName(layer, Site.RESID_PRE));
        }
        return hooks;
    }

    /**
     * Runs all cells.
     *
     * @return the metric of each, row-major
     */
    double[] run(BaseRun base) {
        return run(base, IntStream.range(0, grid.size()).toArray());
    }

    /**
     * Runs some cells.
     *
     * @param indices of the cells, row-major
     * @return a metric for each cell of the grid: that of the base run for cells that are not run
     */
    double[] run(BaseRun base, int[] indices) {
        double[] found = new double[grid.size()];
        Arrays.fill(found, base.metric());
        List<SweepGrid.Cell> unreached = new ArrayList<>();
        Map<Integer, List<SweepGrid.Cell>> groups = new TreeMap<>();
        for (int index : indices) {
            SweepGrid.Cell cell = grid.cell(index);
            if (causal && cell.firstPosition() > base.metricReader().lastPosition()) {
                unreached.add(cell);
            } else {
                groups.computeIfAbsent(causal ? cell.firstPosition() : 0, p -> new ArrayList<>())
                        .add(cell);
            }
        }
        report(unreached, found);
        groups.forEach((firstPosition, cells) -> {
            cells.sort(Comparator.comparingInt(SweepGrid.Cell::lowestLayer));
            int most = rowsPerBatch(firstPosition);
            for (int i = 0; i < cells.size(); i += most) {
                List<SweepGrid.Cell> batch = cells.subList(i, Math.min(cells.size(), i + most));
                run(base, batch, firstPosition, found);
            }
        });
        return found;
    }

    /** Rows per batch, for cells with this first position. */
    private int rowsPerBatch(int firstPosition) {
        long computed = (long) grid.length() - firstPosition;
        return Session.rowsPerBatch(
                rowBytes * computed / grid.length(), model.flops(grid.length()) * computed / grid.length());
    }

    private void run(BaseRun base, List<SweepGrid.Cell> batch, int firstPosition, double[] found) {
        try (NDManager scratch = session.newManager()) {
            double[] values = paths == null
                    ? runPatches(base, batch, firstPosition, scratch)
                    : runPaths(paths, base, batch, firstPosition, scratch);
            for (int row = 0; row < values.length; row++) {
                found[batch.get(row).index()] = values[row];
            }
        }
        report(batch, found);
    }

    private double[] runPatches(BaseRun base, List<SweepGrid.Cell> batch, int firstPosition, NDManager scratch) {
        CellBatchRun first = new CellBatchRun(base, batch, firstPosition, null);
        NDArray resid = first.run(model, scratch);
        tokenLayers += first.tokenLayers();
        return base.metricReader().read(resid, firstPosition, base.hooks()).toDoubleArray();
    }

    /** The metrics of the leading cells of a path patching batch: those whose patch reaches a receiver. */
    private double[] runPaths(
            DirectPaths paths, BaseRun base, List<SweepGrid.Cell> batch, int firstPosition, NDManager scratch) {
        CellBatchRun first = new CellBatchRun(base, batch, firstPosition, paths);
        NDArray resid = first.run(model, scratch);
        tokenLayers += first.tokenLayers();
        if (paths.receivers().stream().anyMatch(hook -> !hook.site().perLayer())) {
            model.unembed(resid, first);
        }
        if (first.received().isEmpty()) {
            return new double[0];
        }
        ReceiverRun second = new ReceiverRun(base, paths, first.received(), layers, firstPosition);
        NDArray read = second.run(model, scratch);
        tokenLayers += second.tokenLayers();
        return base.metricReader().read(read, firstPosition, second).toDoubleArray();
    }

    private void report(List<SweepGrid.Cell> cells, double[] found) {
        if (!cells.isEmpty()) {
            int[] places = cells.stream().mapToInt(SweepGrid.Cell::index).toArray();
            listener.found(
                    places, Arrays.stream(places).mapToDouble(i -> found[i]).toArray());
        }
    }

    /** The cost of all cells so far, in evaluations of one block at one position. */
    long tokenLayers() {
        return tokenLayers;
    }

    /** The cost of one whole run per cell, in the same unit. */
    long naiveTokenLayers() {
        return (long) grid.size() * grid.length() * model.info().nLayers();
    }
}
