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
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Second run of path patching: the base run, with the receivers' values replaced by those recorded in the first run. */
final class ReceiverRun implements Hooks {
    private final BaseRun target;
    private final Paths paths;
    private final Map<HookName, NDArray> received;
    private final int layers;
    private final int from;
    private final int start;
    private long tokenLayers;

    /**
     * Prepares the run.
     *
     * @param received values by hook point (row, the site's axes), of the leading rows
     * @param layers of the model
     * @param from the first position that is run
     */
    ReceiverRun(BaseRun target, Paths paths, Map<HookName, NDArray> received, int layers, int from) {
        this.target = target;
        this.paths = paths;
        this.received = received;
        this.layers = layers;
        this.from = from;
        this.start = received.keySet().stream()
                .mapToInt(hook -> hook.site().perLayer() ? hook.layer() : layers)
                .min()
                .orElseThrow();
    }

    /** How many rows have received values: the leading ones. */
    int rows() {
        return received.values().stream()
                .mapToInt(value -> (int) value.getShape().get(0))
                .max()
                .orElseThrow();
    }

    /**
     * Runs these rows.
     *
     * @param manager owns the result
     * @return the last block's output at the positions that are run (row, position, d_model)
     */
    NDArray run(HookedModel model, NDManager manager) {
        HookName first = start == layers ? target.top() : new HookName(start, Site.RESID_PRE);
        NDArray resid = Scratch.only(() -> {
            NDArray rows = target.rows(first, rows(), from);
            rows.attach(manager);
            return rows;
        });
        return model.runBlocks(start, resid, this, target.before(from));
    }

    /** The cost so far, in evaluations of one block at one position. */
    long tokenLayers() {
        return tokenLayers;
    }

    @Override
    public NDArray at(HookName name, NDArray value) {
        boolean own = name.site() == Site.RESID_PRE
                && name.layer() == start; // from the base run, which includes the interventions
        NDArray after = own ? value : target.hooks().at(name, value);
        if (name.site() == Site.RESID_PRE) {
            tokenLayers += after.getShape().get(0) * after.getShape().get(1);
        }
        NDArray replacement = received.get(name);
        return replacement == null ? after : replaced(name, after, replacement);
    }

    /** Replaces the receivers' part of a value (row, …) in its leading rows. */
    private NDArray replaced(HookName name, NDArray value, NDArray replacement) {
        long all = value.getShape().get(0);
        long some = replacement.getShape().get(0);
        NDArray first = some == all ? value : Ops.slice(value, 0, 0, some);
        for (HookSlice region : paths.slices().getOrDefault(name, List.of())) {
            List<@Nullable HookSlice> regions = new ArrayList<>(Collections.nCopies((int) some, region));
            first = RowMasks.replace(first, replacement, regions);
        }
        return some == all ? first : Ops.concat(List.of(first, Ops.slice(value, 0, some, all)), 0);
    }

    @Override
    public boolean wants(HookName name) {
        return name.site() == Site.RESID_PRE || changes(name);
    }

    @Override
    public boolean changes(HookName name) {
        return target.hooks().changes(name) || received.containsKey(name);
    }

    @Override
    public boolean keeps(HookName name) {
        return false;
    }
}
