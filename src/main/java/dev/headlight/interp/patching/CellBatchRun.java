package dev.headlight.interp.patching;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.headlight.interp.intervene.RowReplacement;
import dev.headlight.interp.intervene.action.HookSlice;
import dev.headlight.model.HookedModel;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.Hooks;
import dev.headlight.model.hook.Site;
import dev.headlight.tensor.Ops;
import dev.headlight.tensor.Scratch;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One batched forward pass for many cells of a sweep. Each cell is a row of the batch. A row starts at the cell's lowest
 * patched layer, from the base run's residual stream. The cell's values are patched as the row passes their hook points.
 */
final class CellBatchRun implements Hooks {
    private final BaseRun base;
    private final List<SweepGrid.Cell> cells;
    private final int firstPosition;
    private final @Nullable DirectPaths paths;
    private final Map<HookName, Integer> rowCounts = new LinkedHashMap<>(); // rows that start there or earlier
    private final Map<HookName, NDArray> received = new HashMap<>();
    private final HookName start;
    private int rows;
    private long tokenLayers;

    /**
     * Prepares a batch.
     *
     * @param cells lowest layer first
     * @param firstPosition the first position that is computed; no cell patches an earlier one
     * @param paths the only paths through which a patch acts; null for all paths
     */
    CellBatchRun(BaseRun base, List<SweepGrid.Cell> cells, int firstPosition, @Nullable DirectPaths paths) {
        this.base = base;
        this.cells = cells;
        this.firstPosition = firstPosition;
        this.paths = paths;
        for (int i = 0; i < cells.size(); i++) {
            rowCounts.put(start(cells.get(i)), i + 1);
        }
        this.start = start(cells.get(0));
    }

    /** Where a cell's row starts: before its block, or after it for a block's output. */
    private static HookName start(SweepGrid.Cell cell) {
        HookName first = cell.hooks().get(0);
        return first.site() == Site.RESID_POST ? first : new HookName(first.layer(), Site.RESID_PRE);
    }

    /**
     * Runs the batch.
     *
     * @param manager owns the result
     * @return the last block's output at the computed positions: {@code [row, position, d_model]}
     */
    NDArray run(HookedModel model, NDManager manager) {
        boolean startsAfterBlock = start.site() == Site.RESID_POST;
        NDArray resid = Scratch.only(() -> {
            NDArray first = rowsJoiningAt(start);
            first.attach(manager); // a view, and its results, would belong to the base run's manager
            return startsAfterBlock ? patched(start, first) : first;
        });
        return model.runBlocks(
                startsAfterBlock ? start.layer() + 1 : start.layer(), resid, this, base.cacheBefore(firstPosition));
    }

    /** The cost so far, in evaluations of one block at one position. */
    long tokenLayers() {
        return tokenLayers;
    }

    /**
     * The receivers' values by hook point: {@code [row, axes of the site]}. The rows are the leading ones, which start there or
     * earlier.
     */
    Map<HookName, NDArray> received() {
        return received;
    }

    /** The rows that start at a hook point, with the base run's values: {@code [row, position, d_model]}. */
    private NDArray rowsJoiningAt(HookName hook) {
        int added = Objects.requireNonNull(rowCounts.get(hook)) - rows;
        rows += added;
        return base.copies(hook, added, firstPosition);
    }

    @Override
    public NDArray at(HookName name, NDArray value) {
        NDArray after = value;
        if (!name.equals(start)) { // at the start, the base run's value includes the interventions
            after = base.hooks().at(name, value);
            if (rowCounts.containsKey(name)) {
                after = Ops.concat(List.of(after, rowsJoiningAt(name)), 0);
            }
        }
        if (name.site() == Site.RESID_PRE) {
            tokenLayers += after.getShape().get(0) * after.getShape().get(1);
        }
        return patched(name, after);
    }

    /** Captures receivers' values, restores frozen ones, then applies the cells' patches: {@code [row, axes of the site]}. */
    private NDArray patched(HookName name, NDArray value) {
        NDArray after = value;
        if (paths != null) {
            if (paths.receivers().contains(name)) {
                received.put(name, Scratch.keep(value)); // it outlives the block's scope
            }
            if (paths.mayFreeze(name)) {
                HookSlice whole = HookSlice.whole(name, base.value(name));
                after = replaced(
                        after,
                        base::value,
                        name,
                        cell -> paths.freezes(name, cell.hooks().get(0)) ? whole : null);
            }
        }
        return replaced(after, base::replacement, name, cell -> cell.hooks().contains(name) ? cell.slice() : null);
    }

    /** Replaces a slice of each row; a row whose cell has no slice stays as it is. */
    private NDArray replaced(
            NDArray value,
            Function<HookName, NDArray> replacement,
            HookName name,
            Function<SweepGrid.Cell, @Nullable HookSlice> sliceOf) {
        List<@Nullable HookSlice> slices = cells.subList(0, rows).stream()
                .<@Nullable HookSlice>map(sliceOf)
                .toList();
        boolean any = slices.stream().anyMatch(Objects::nonNull);
        return any ? RowReplacement.replace(value, replacement.apply(name), slices) : value;
    }

    @Override
    public boolean wants(HookName name) {
        return name.site() == Site.RESID_PRE || changes(name) || isReceiver(name);
    }

    @Override
    public boolean changes(HookName name) {
        return base.hooks().changes(name)
                || rowCounts.containsKey(name)
                || cells.stream().anyMatch(cell -> cell.hooks().contains(name))
                || (paths != null
                        && cells.stream()
                                .anyMatch(
                                        cell -> paths.freezes(name, cell.hooks().get(0))));
    }

    private boolean isReceiver(HookName name) {
        return paths != null && paths.receivers().contains(name);
    }

    @Override
    public boolean keeps(HookName name) {
        return isReceiver(name);
    }

    @Override
    public boolean addsRows() {
        return true;
    }
}
