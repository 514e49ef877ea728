package dev.headlight.interp.patching;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.headlight.interp.intervene.RowMasks;
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
 * One batched forward pass for many cells of a sweep. A cell is a row: it joins the batch at its lowest patched layer, with the
 * base run's residual stream, and is patched on the way.
 */
final class CellBatchRun implements Hooks {
    private final BaseRun target;
    private final List<SweepGrid.Cell> cells;
    private final int from;
    private final @Nullable Paths paths;
    private final Map<HookName, Integer> joins = new LinkedHashMap<>(); // the number of rows from there on
    private final Map<HookName, NDArray> received = new HashMap<>();
    private final HookName start;
    private int rows;
    private long tokenLayers;

    /**
     * Prepares a batch.
     *
     * @param cells lowest layer first
     * @param from the first position that is run; no cell patches an earlier one
     * @param paths the only paths on which a patch acts; null for all
     */
    CellBatchRun(BaseRun target, List<SweepGrid.Cell> cells, int from, @Nullable Paths paths) {
        this.target = target;
        this.cells = cells;
        this.from = from;
        this.paths = paths;
        for (int i = 0; i < cells.size(); i++) {
            joins.put(start(cells.get(i)), i + 1);
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
     * @return the last block's output at the positions that are run (row, position, d_model)
     */
    NDArray run(HookedModel model, NDManager manager) {
        boolean after = start.site() == Site.RESID_POST;
        NDArray resid = Scratch.only(() -> {
            NDArray first = joining(start);
            first.attach(manager); // a view, and what is computed from it, would belong to the base run's manager
            return after ? changed(start, first) : first;
        });
        return model.runBlocks(after ? start.layer() + 1 : start.layer(), resid, this, target.before(from));
    }

    /** The cost so far, in evaluations of one block at one position. */
    long tokenLayers() {
        return tokenLayers;
    }

    /** The receivers' values by hook point: (row, the site's axes) of the leading rows, which start at or below it. */
    Map<HookName, NDArray> received() {
        return received;
    }

    /** The rows that start here, with the base run's values (row, position, d_model). */
    private NDArray joining(HookName hook) {
        int more = Objects.requireNonNull(joins.get(hook)) - rows;
        rows += more;
        return target.rows(hook, more, from);
    }

    @Override
    public NDArray at(HookName name, NDArray value) {
        NDArray after = value;
        if (!name.equals(start)) { // else the value comes from the base run, which includes the interventions
            after = target.hooks().at(name, value);
            if (joins.containsKey(name)) {
                after = Ops.concat(List.of(after, joining(name)), 0);
            }
        }
        if (name.site() == Site.RESID_PRE) {
            tokenLayers += after.getShape().get(0) * after.getShape().get(1);
        }
        return changed(name, after);
    }

    /** Records the receivers' values, restores frozen ones, then applies the cells' patches; (row, the site's axes). */
    private NDArray changed(HookName name, NDArray value) {
        NDArray after = value;
        if (paths != null) {
            if (paths.receivers().contains(name)) {
                received.put(name, Scratch.keep(value)); // it outlives the block's scope
            }
            if (paths.mayFreeze(name)) {
                HookSlice whole = HookSlice.whole(name, target.own(name));
                after = replaced(
                        after,
                        target::own,
                        name,
                        cell -> paths.freezes(name, cell.hooks().get(0)) ? whole : null);
            }
        }
        return replaced(after, target::replacement, name, cell -> cell.hooks().contains(name) ? cell.slice() : null);
    }

    private NDArray replaced(
            NDArray value,
            Function<HookName, NDArray> by,
            HookName name,
            Function<SweepGrid.Cell, @Nullable HookSlice> of) {
        List<@Nullable HookSlice> regions =
                cells.subList(0, rows).stream().<@Nullable HookSlice>map(of).toList();
        boolean any = regions.stream().anyMatch(Objects::nonNull);
        return any ? RowMasks.replace(value, by.apply(name), regions) : value;
    }

    @Override
    public boolean wants(HookName name) {
        return name.site() == Site.RESID_PRE || changes(name) || isReceiver(name);
    }

    @Override
    public boolean changes(HookName name) {
        return target.hooks().changes(name)
                || joins.containsKey(name)
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
}
