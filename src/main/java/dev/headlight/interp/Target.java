package dev.headlight.interp;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.headlight.model.Capture;
import dev.headlight.model.HookName;
import dev.headlight.model.HookedModel;
import dev.headlight.model.Hooks;
import dev.headlight.model.Past;
import dev.headlight.model.Site;
import dev.headlight.tensor.Ops;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The unpatched run that cells resume from, and what is put into it. */
final class Target {
    private final Hooks hooks;
    private final Capture capture;
    private final HookName top;
    private final Past past = new Past();
    private final Measure measure;
    private final double baseline;
    private final Map<HookName, NDArray> replacements = new HashMap<>();

    /**
     * Runs it.
     *
     * @param manager owns what is kept of it
     * @param hooks of every run on the target
     * @param values what is put in
     * @param held hook points whose own values are asked for later
     */
    Target(
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
        NDArray ids = HookedModel.ids(manager, List.<int[]>of(runs.target().ids()));
        NDArray resid = model.climb(ids, hooks.then(capture), model.info().causal() ? past : null);
        this.baseline = measure.unpatched(resid, hooks).toDoubleArray()[0];
        runs.grid().hooks().forEach(hook -> replacements.put(hook, values.of(hook, own(hook))));
    }

    /** Those of every run on the target. */
    Hooks hooks() {
        return hooks;
    }

    /** Reads what is run of the target's later positions, once the target itself has been read. */
    Measure measure() {
        return measure;
    }

    /** Its metric. */
    double baseline() {
        return baseline;
    }

    /** What its positions from one on see of those before; null where these are all of them. */
    Past.@Nullable Before before(int from) {
        return from == 0 ? null : new Past.Before(past, from);
    }

    /** So many rows of its own value at the positions from one on; a view. */
    NDArray rows(HookName hook, int count, int from) {
        NDArray own = own(hook);
        Shape shape = own.getShape();
        NDArray last = Ops.slice(own, 1, from, shape.get(1));
        return Ops.expand(last, new Shape(count, shape.get(1) - from, shape.get(2)));
    }

    /** The hook point whose value is what the last block wrote. */
    HookName top() {
        return top;
    }

    /** Its own value (1, …) with the site's axes. */
    NDArray own(HookName hook) {
        return capture.value(hook);
    }

    /** What is put there (1, …), maybe of 1 position that stands for all. */
    NDArray replacement(HookName hook) {
        return Objects.requireNonNull(replacements.get(hook));
    }
}
