package dev.headlight.interp;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.headlight.model.HookName;
import dev.headlight.model.HookedModel;
import dev.headlight.model.Hooks;
import dev.headlight.model.Site;
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
 * One batch of cells on their way up: each joins with the target's residual stream at its lowest layer, as a row of its
 * own, and goes on with the batch, patched where it says.
 */
final class Climb implements Hooks {
    private final Target target;
    private final List<Grid.Cell> cells;
    private final int from;
    private final @Nullable Paths paths;
    private final Map<HookName, Integer> joins = new LinkedHashMap<>(); // how many rows there are from there on
    private final Map<HookName, NDArray> received = new HashMap<>();
    private final HookName start;
    private int rows;
    private long tokenLayers;

    /**
     * @param cells lowest first
     * @param from the first position that is run; none of the cells changes anything before it
     * @param paths on which alone a cell's change goes on; null for all
     */
    Climb(Target target, List<Grid.Cell> cells, int from, @Nullable Paths paths) {
        this.target = target;
        this.cells = cells;
        this.from = from;
        this.paths = paths;
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
            return behind ? changed(start, first) : first;
        });
        return model.climb(behind ? start.layer() + 1 : start.layer(), resid, this, target.before(from));
    }

    /** How many blocks were evaluated at how many positions. */
    long tokenLayers() {
        return tokenLayers;
    }

    /** What the receivers heard, by hook point: (row, …) of the first rows, those that are not above it. */
    Map<HookName, NDArray> received() {
        return received;
    }

    /** Rows that begin here, as the target has them. */
    private NDArray joining(HookName hook) {
        int more = Objects.requireNonNull(joins.get(hook)) - rows;
        rows += more;
        return target.rows(hook, more, from);
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
        if (name.site() == Site.RESID_PRE) {
            tokenLayers += after.getShape().get(0) * after.getShape().get(1);
        }
        return changed(name, after);
    }

    /** With what the receivers hear taken down, what is frozen put back, and what the cells patch in its place. */
    private NDArray changed(HookName name, NDArray value) {
        NDArray after = value;
        if (paths != null) {
            if (paths.receivers().contains(name)) {
                received.put(name, Scratch.keep(value)); // it outlives the block's scope
            }
            if (paths.mayFreeze(name)) {
                Region whole = Region.whole(name, target.own(name));
                after = replaced(
                        after,
                        target::own,
                        name,
                        cell -> paths.freezes(name, cell.hooks().get(0)) ? whole : null);
            }
        }
        return replaced(after, target::replacement, name, cell -> cell.hooks().contains(name) ? cell.region() : null);
    }

    private NDArray replaced(
            NDArray value, Function<HookName, NDArray> by, HookName name, Function<Grid.Cell, @Nullable Region> of) {
        List<@Nullable Region> regions =
                cells.subList(0, rows).stream().<@Nullable Region>map(of).toList();
        boolean any = regions.stream().anyMatch(Objects::nonNull);
        return any ? Regions.replace(value, by.apply(name), regions) : value;
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
