package dev.headlight.interp.patching;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.headlight.interp.metric.MetricReader;
import dev.headlight.interp.session.Session;
import dev.headlight.model.HookedModel;
import dev.headlight.model.hook.Capture;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.Hooks;
import dev.headlight.model.hook.KvCache;
import dev.headlight.model.hook.Site;
import dev.headlight.tensor.Ops;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The base run: the unpatched run that cells start from, and the values that they patch into it. */
final class BaseRun {
    private final Hooks hooks;
    private final Capture capture;
    private final HookName top;
    private final KvCache cache = new KvCache();
    private final MetricReader measure;
    private final double baseline;
    private final Map<HookName, NDArray> replacements = new HashMap<>();

    /**
     * Runs the base run.
     *
     * @param manager owns what is kept of the run
     * @param hooks of the base run and of every run of a cell
     * @param values the values that cells patch in
     * @param held hook points whose values are needed later
     */
    BaseRun(
            Session session,
            PatchRuns runs,
            NDManager manager,
            Hooks hooks,
            PatchRuns.Values values,
            Set<HookName> held) {
        HookedModel model = session.model();
        this.hooks = hooks;
        this.top = new HookName(model.info().nLayers() - 1, Site.RESID_POST);
        this.capture = new Capture(held);
        this.measure = runs.newMeasure();
        NDArray ids = HookedModel.ids(manager, List.<int[]>of(runs.baseRun().ids()));
        NDArray resid = model.runBlocks(ids, hooks.then(capture), model.info().causal() ? cache : null);
        this.baseline = measure.readBaseRun(resid, hooks).toDoubleArray()[0];
        runs.grid().hooks().forEach(hook -> replacements.put(hook, values.of(hook, own(hook))));
    }

    /** Hooks of the base run and of every run of a cell: the interventions. */
    Hooks hooks() {
        return hooks;
    }

    /** Reads the metric of the base run and of the cells. */
    MetricReader measure() {
        return measure;
    }

    /** The metric of the base run. */
    double baseline() {
        return baseline;
    }

    /** The KV cache of the positions before {@code from}; null if there are none. */
    KvCache.@Nullable Before before(int from) {
        return from == 0 ? null : new KvCache.Before(cache, from);
    }

    /** {@code count} copies of the run's value at positions {@code from}, …; a broadcast view (count, position, d_model). */
    NDArray rows(HookName hook, int count, int from) {
        NDArray own = own(hook);
        Shape shape = own.getShape();
        NDArray last = Ops.slice(own, 1, from, shape.get(1));
        return Ops.expand(last, new Shape(count, shape.get(1) - from, shape.get(2)));
    }

    /** The last block's output. */
    HookName top() {
        return top;
    }

    /** The base run's value (1, the site's axes). */
    NDArray own(HookName hook) {
        return capture.value(hook);
    }

    /** The value that cells patch in (1, the site's axes), maybe with 1 position for all. */
    NDArray replacement(HookName hook) {
        return Objects.requireNonNull(replacements.get(hook));
    }
}
