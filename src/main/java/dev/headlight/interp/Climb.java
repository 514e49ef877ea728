package dev.headlight.interp;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.headlight.model.HookName;
import dev.headlight.model.HookedModel;
import dev.headlight.model.Hooks;
import dev.headlight.model.Past;
import dev.headlight.model.Site;
import dev.headlight.tensor.Ops;
import dev.headlight.tensor.Scratch;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One batch of cells on their way up: each joins with the target's residual stream at its lowest layer, as a row of its
 * own, and goes on with the batch, patched where it says.
 */
final class Climb implements Hooks {
    private final Target target;
    private final List<Grid.Cell> cells;
    private final int from;
    private final Map<HookName, Integer> joins = new LinkedHashMap<>(); // how many rows there are from there on
    private final HookName start;
    private int rows;
    private long tokenLayers;

    /**
     * @param cells lowest first
     * @param from the first position that is run; none of the cells changes anything before it
     */
    Climb(Target target, List<Grid.Cell> cells, int from) {
        this.target = target;
        this.cells = cells;
        this.from = from;
        for (int i = 0; i < cells.size(); i++) {
            joins.put(joint(cells.get(i)), i + 1);
        }
        this.start = joint(cells.get(0));
    }

    /** Where a cell's row begins: at the block that it is in, or behind the one that it is the result of. */
    private static HookName joint(Grid.Cell cell) {
        HookName first = cell.hooks().get(0);
        return first.site() == Site.RESID_POST ? first : new HookName(first.layer(), Site.RESID_PRE);
    }

    /**
     * Runs the batch.
     *
     * @param manager owns the result
     * @return what the last block writes at the positions that are run (row, position, d_model)
     */
    NDArray run(HookedModel model, NDManager manager) {
        boolean behind = start.site() == Site.RESID_POST;
        NDArray resid = Scratch.only(() -> {
            NDArray first = joining(start);
            first.attach(manager); // a view has the owner of what it sees, and so has what is made of it
            return behind ? patched(start, first) : first;
        });
        Past.Before before = from == 0 ? null : new Past.Before(target.past(), from);
        return model.climb(behind ? start.layer() + 1 : start.layer(), resid, this, before);
    }

    /** How many blocks were evaluated at how many positions. */
    long tokenLayers() {
        return tokenLayers;
    }

    /** Rows that begin here, as the target has them. */
    private NDArray joining(HookName hook) {
        int more = joins.get(hook) - rows;
        rows += more;
        NDArray own = target.own(hook);
        Shape shape = own.getShape();
        NDArray last = Ops.slice(own, 1, from, shape.get(1));
        return Ops.expand(last, new Shape(more, shape.get(1) - from, shape.get(2)));
    }

    @Override
    public NDArray at(HookName name, NDArray value) {
        NDArray after = value;
        if (!name.equals(start)) { // there the value is the target's, interventions and all
            after = target.hooks().at(name, value);
            if (joins.containsKey(name)) {
                after = Ops.concat(List.of(after, joining(name)), 0);
            }
        }
        after = patched(name, after);
        if (name.site() == Site.RESID_PRE) {
            tokenLayers += after.getShape().get(0) * after.getShape().get(1);
        }
        return after;
    }

    private NDArray patched(HookName name, NDArray value) {
        List<@Nullable Region> regions = cells.subList(0, rows).stream()
                .<@Nullable Region>map(cell -> cell.hooks().contains(name) ? cell.region() : null)
                .toList();
        boolean any = regions.stream().anyMatch(region -> region != null);
        return any ? Regions.replace(value, target.replacement(name), regions) : value;
    }

    @Override
    public boolean wants(HookName name) {
        return name.site() == Site.RESID_PRE || changes(name);
    }

    @Override
    public boolean changes(HookName name) {
        return target.hooks().changes(name) || joins.containsKey(name) || isPatched(name);
    }

    private boolean isPatched(HookName name) {
        return cells.stream().anyMatch(cell -> cell.hooks().contains(name));
    }

    @Override
    public boolean keeps(HookName name) {
        return false;
    }
}
