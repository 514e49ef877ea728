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

/** The base run: the cached, unpatched run that cells start from, and the values that they patch into it. */
final class BaseRun {
    private final Hooks hooks;
    private final Capture capture;
    private final HookName lastOutput;
    private final KvCache cache = new KvCache();
    private final MetricReader metricReader;
    private final double metric;
    private final Map<HookName, NDArray> replacements = new HashMap<>();

    /**
     * Runs it.
     *
     * @param manager owns the captured values and the KV cache
     * @param hooks the interventions, and noise if any; also of every run of a cell
     * @param source of the values that cells patch in
     * @param captureHooks hook points whose values are needed later
     */
    BaseRun(
            Session session,
            PreparedSweep prepared,
            NDManager manager,
            Hooks hooks,
            PreparedSweep.Source source,
            Set<HookName> captureHooks) {
        HookedModel model = session.model();
        this.hooks = hooks;
        this.lastOutput = new HookName(model.info().nLayers() - 1, Site.RESID_POST);
        this.capture = new Capture(captureHooks);
        this.metricReader = prepared.newMetricReader();
        NDArray ids =
                HookedModel.ids(manager, List.<int[]>of(prepared.baseInput().ids()));
        NDArray resid = model.runBlocks(ids, hooks.then(capture), model.info().causal() ? cache : null);
        this.metric = metricReader.readBaseRun(resid, hooks).toDoubleArray()[0];
        prepared.grid().hookNames().forEach(hook -> replacements.put(hook, source.replacement(hook, value(hook))));
    }

    /** Hooks of the base run and of every run of a cell: the interventions, and noise if any. */
    Hooks hooks() {
        return hooks;
    }

    /** Reads the metric of the base run and of the cells. */
    MetricReader metricReader() {
        return metricReader;
    }

    /** The metric of the base run. */
    double metric() {
        return metric;
    }

    /** The KV cache of the positions before {@code firstPosition}; null if there are none. */
    KvCache.@Nullable Before cacheBefore(int firstPosition) {
        return firstPosition == 0 ? null : new KvCache.Before(cache, firstPosition);
    }

    /** Copies of a value from position {@code firstPosition} on, as a broadcast view: {@code [count, position, d_model]}. */
    NDArray copies(HookName hook, int count, int firstPosition) {
        NDArray value = value(hook);
        Shape shape = value.getShape();
        NDArray last = Ops.slice(value, 1, firstPosition, shape.get(1));
        return Ops.expand(last, new Shape(count, shape.get(1) - firstPosition, shape.get(2)));
    }

    /** The hook point of the last block's output. */
    HookName lastOutput() {
        return lastOutput;
    }

    /** The base run's value: {@code [1, axes of the site]}. */
    NDArray value(HookName hook) {
        return capture.value(hook);
    }

    /** The value that cells patch in: {@code [1, axes of the site]}, of all positions or of 1 that stands for all. */
    NDArray replacement(HookName hook) {
        return Objects.requireNonNull(replacements.get(hook));
    }
}
