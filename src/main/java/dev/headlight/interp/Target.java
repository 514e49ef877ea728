package dev.headlight.interp;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.headlight.model.Capture;
import dev.headlight.model.HookName;
import dev.headlight.model.HookedModel;
import dev.headlight.model.Hooks;
import dev.headlight.model.Past;
import dev.headlight.model.Site;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** The unpatched run that cells resume from, and what is put into it. */
final class Target {
    private final Hooks hooks;
    private final Capture capture;
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
     */
    Target(Session session, PatchRuns runs, NDManager manager, Hooks hooks, PatchRuns.Values values) {
        HookedModel model = session.model();
        this.hooks = hooks;
        this.capture = new Capture(held(runs.grid(), model.info().nLayers()));
        this.measure = runs.newMeasure();
        NDArray ids = HookedModel.ids(manager, List.<int[]>of(runs.target().ids()));
        NDArray resid = model.climb(ids, hooks.then(capture), model.info().causal() ? past : null);
        this.baseline = measure.unpatched(resid, hooks).toDoubleArray()[0];
        runs.grid().hooks().forEach(hook -> replacements.put(hook, values.of(hook, own(hook))));
    }

    /** What cells are resumed from, and what is changed of the run's own. */
    private static Set<HookName> held(Grid grid, int layers) {
        Set<HookName> held = new LinkedHashSet<>(grid.hooks());
        int lowest = held.stream().mapToInt(HookName::layer).min().orElseThrow();
        for (int layer = lowest; layer < layers; layer++) {
            held.add(new HookName(layer, Site.RESID_PRE));
        }
        return held;
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

    Past past() {
        return past;
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
