package dev.headlight.interp;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.headlight.interp.intervene.action.HookSlice;
import dev.headlight.model.HookName;
import dev.headlight.model.HookedModel;
import dev.headlight.model.Hooks;
import dev.headlight.model.Site;
import dev.headlight.tensor.Ops;
import dev.headlight.tensor.Scratch;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The second half of a path: the unpatched run, with the receivers as they heard of the senders. */
final class Arrival implements Hooks {
    private final Target target;
    private final Paths paths;
    private final Map<HookName, NDArray> received;
    private final int layers;
    private final int from;
    private final int start;
    private long tokenLayers;

    /**
     * @param received by hook point: (row, …) of the first rows
     * @param layers of the model
     * @param from the first position that is run
     */
    Arrival(Target target, Paths paths, Map<HookName, NDArray> received, int layers, int from) {
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

    /** How many rows heard something: the first ones. */
    int rows() {
        return received.values().stream()
                .mapToInt(value -> (int) value.getShape().get(0))
                .max()
                .orElseThrow();
    }

    /**
     * Runs them.
     *
     * @param manager owns the result
     * @return what the last block writes at the positions that are run (row, position, d_model)
     */
    NDArray run(HookedModel model, NDManager manager) {
        HookName first = start == layers ? target.top() : new HookName(start, Site.RESID_PRE);
        NDArray resid = Scratch.only(() -> {
            NDArray rows = target.rows(first, rows(), from);
            rows.attach(manager);
            return rows;
        });
        return model.climb(start, resid, this, target.before(from));
    }

    /** How many blocks were evaluated at how many positions. */
    long tokenLayers() {
        return tokenLayers;
    }

    @Override
    public NDArray at(HookName name, NDArray value) {
        boolean own = name.site() == Site.RESID_PRE && name.layer() == start; // the target's, interventions and all
        NDArray after = own ? value : target.hooks().at(name, value);
        if (name.site() == Site.RESID_PRE) {
            tokenLayers += after.getShape().get(0) * after.getShape().get(1);
        }
        NDArray heard = received.get(name);
        return heard == null ? after : heard(name, after, heard);
    }

    private NDArray heard(HookName name, NDArray value, NDArray heard) {
        long all = value.getShape().get(0);
        long some = heard.getShape().get(0);
        NDArray first = some == all ? value : Ops.slice(value, 0, 0, some);
        for (HookSlice region : paths.regions().getOrDefault(name, List.of())) {
            List<@Nullable HookSlice> regions = new ArrayList<>(Collections.nCopies((int) some, region));
            first = Regions.replace(first, heard, regions);
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
