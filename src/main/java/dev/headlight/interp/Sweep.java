package dev.headlight.interp;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.headlight.model.Capture;
import dev.headlight.model.HookedModel;
import dev.headlight.model.ModelInfo;
import dev.headlight.tensor.Ledger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * The metric of a run with each cell's part replaced. A cell resumes at its layer, and in a causal model at its first
 * position, from the unpatched run; cells of one first position climb together, and those of later layers join them.
 *
 * <p>Block evaluations at one position, for N layers and T tokens: a cell at layer l and first position p takes
 * (N - l)(T - p), or (N - l - 1)(T - p) at {@code resid_post}; p is 0 in a model that is not causal. A cell that is
 * wholly behind the metric's position in a causal model takes none. Source: design of this project, measured there.
 */
final class Sweep {
    /** Told of every finished batch. */
    interface Listener {
        /** @param values of the cells, in the order given */
        void found(List<Grid.Cell> cells, double[] values);
    }

    private final Session session;
    private final HookedModel model;
    private final Grid grid;
    private final Listener listener;
    private final long rowBytes;
    private long tokenLayers;

    Sweep(Session session, Grid grid, Listener listener) {
        this.session = session;
        this.model = session.model();
        this.grid = grid;
        this.listener = listener;
        this.rowBytes = rowBytes();
        session.limits().requireRun("input", rowBytes);
    }

    /** What a row takes that begins at the first block and position. */
    private long rowBytes() {
        Ledger ledger = new Ledger();
        ModelInfo info = model.info();
        try (NDManager paper = model.newManager(ledger)) {
            model.climb(HookedModel.ids(paper, List.of(new int[grid.length()])), new Capture(List.of()), null);
        }
        long keysAndValues = 2L * info.nKvHeads() * info.dHead() * grid.length();
        long logits = 4L * Double.BYTES * info.vocabSize(); // with their probabilities
        return ledger.peak() + Float.BYTES * keysAndValues + logits;
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
            boolean causal = model.info().causal();
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
            Climb climb = new Climb(target, batch, from);
            NDArray resid = climb.run(model, scratch);
            double[] values = target.measure().of(resid, from, target.hooks()).toDoubleArray();
            for (int row = 0; row < values.length; row++) {
                found[batch.get(row).index()] = values[row];
            }
            tokenLayers += climb.tokenLayers();
        }
        tell(batch, found);
    }

    private void tell(List<Grid.Cell> cells, double[] found) {
        if (!cells.isEmpty()) {
            listener.found(
                    cells,
                    cells.stream().mapToDouble(cell -> found[cell.index()]).toArray());
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
