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
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Second run of path patching: the base run, with the receivers' values replaced by those of the first run. */
final class ReceiverRun implements Hooks {
    private final BaseRun base;
    private final DirectPaths paths;
    private final Map<HookName, NDArray> received;
    private final int layers;
    private final int firstPosition;
    private final int startLayer;
    private long tokenLayers;

    /**
     * Prepares the run.
     *
     * @param received values by hook point: {@code [row, axes of the site]}, of the leading rows
     * @param layers of the model
     * @param firstPosition the first position that is computed
     */
    ReceiverRun(BaseRun base, DirectPaths paths, Map<HookName, NDArray> received, int layers, int firstPosition) {
        this.base = base;
        this.paths = paths;
        this.received = received;
        this.layers = layers;
        this.firstPosition = firstPosition;
        this.startLayer = received.keySet().stream()
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
     * @return the last block's output at the computed positions: {@code [row, position, d_model]}
     */
    NDArray run(HookedModel model, NDManager manager) {
        HookName first = startLayer == layers ? base.lastOutput() : new HookName(startLayer, Site.RESID_PRE);
        NDArray resid = Scratch.only(() -> {
            NDArray rows = base.copies(first, rows(), firstPosition);
            rows.attach(manager);
            return rows;
        });
        return model.runBlocks(startLayer, resid, this, base.cacheBefore(firstPosition));
    }

    /** The cost so far, in evaluations of one block at one position. */
    long tokenLayers() {
        return tokenLayers;
    }

    @Override
    public NDArray at(HookName name, NDArray value) {
        boolean atStart = name.site() == Site.RESID_PRE
                && name.layer() == startLayer; // the base run's value includes the interventions
        NDArray after = atStart ? value : base.hooks().at(name, value);
        if (name.site() == Site.RESID_PRE) {
            tokenLayers += after.getShape().get(0) * after.getShape().get(1);
        }
        NDArray replacement = received.get(name);
        return replacement == null ? after : replaced(name, after, replacement);
    }

    /** Replaces the receivers' slices in the leading rows of a value: {@code [row, axes of the site]}. */
    private NDArray replaced(HookName name, NDArray value, NDArray replacement) {
        long rows = value.getShape().get(0);
        long replacedRows = replacement.getShape().get(0);
        NDArray first = replacedRows == rows ? value : Ops.slice(value, 0, 0, replacedRows);
        for (HookSlice slice : paths.slices().getOrDefault(name, List.of())) {
            List<@Nullable HookSlice> slices = new ArrayList<>(Collections.nCopies((int) replacedRows, slice));
            first = RowReplacement.replace(first, replacement, slices);
        }
        return replacedRows == rows ? first : Ops.concat(List.of(first, Ops.slice(value, 0, replacedRows, rows)), 0);
    }

    @Override
    public boolean wants(HookName name) {
        return name.site() == Site.RESID_PRE || changes(name);
    }

    @Override
    public boolean changes(HookName name) {
        return base.hooks().changes(name) || received.containsKey(name);
    }

    @Override
    public boolean keeps(HookName name) {
        return false;
    }
}
