package dev.headlight.interp;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.headlight.model.BadSelection;
import dev.headlight.model.Capture;
import dev.headlight.model.Encoded;
import dev.headlight.model.HookName;
import dev.headlight.model.HookedModel;
import dev.headlight.model.Hooks;
import dev.headlight.tensor.Scratch;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The run that is patched into, and what takes the place of its values; both under the request's interventions. */
final class PatchRuns implements AutoCloseable {
    private final HookedModel model;
    private final Patch patch;
    private final Encoded target;
    private final @Nullable Encoded source; // null for an ablation
    private final Grid grid;
    private final Altered altered;

    /**
     * Nothing is run yet but what interventions take from other inputs.
     *
     * @param inputs clean and corrupted; or one, which is ablated, or is the source of a corrupted run of itself
     * @throws BadSelection for whatever the model or an input rules out
     * @throws dev.headlight.model.TooLarge for more memory than the limits allow
     */
    PatchRuns(Session session, List<Encoded> inputs, Patch patch) {
        this.model = session.model();
        this.patch = patch;
        Contrast.Inputs runs = patch.contrast().inputs(inputs);
        this.target = runs.target();
        this.source = runs.source();
        this.grid = Grid.of(model, patch.grid(), target.length());
        if (patch.ablation() != null) {
            patch.ablation().check("ablation", grid.site(), model.info().causal(), target.length());
        }
        newMeasure(); // refuses before anything is run
        session.requireHeld("hook", session.values(grid.hooks(), target.length()));
        this.altered = new Altered(session, patch.interventions(), patch.addSpecialTokens());
        altered.check(inputs);
    }

    Encoded target() {
        return target;
    }

    Grid grid() {
        return grid;
    }

    /** Of runs on the target; its {@code unpatched} must be read before any other. */
    Measure newMeasure() {
        return new Measure(model, patch.metric(), target);
    }

    Altered altered() {
        return altered;
    }

    /** Hooks of runs on the target, as it is before any patch. */
    Hooks onTarget(NDManager manager) {
        return altered.on(manager, List.<int[]>of(target.ids()));
    }

    /** What takes the place of the target's values. */
    interface Values {
        /**
         * @param own the target's value (1, …) with the site's axes
         * @return the like, maybe of 1 position that stands for all; of another manager
         */
        NDArray of(HookName hook, NDArray own);

        /**
         * The metric of the run that the values are from (1), float64; null for an ablation.
         *
         * @param measure of the target, whose {@code unpatched} has been read
         */
        @Nullable
        NDArray metric(Measure measure);
    }

    /**
     * Runs the source, where there is one.
     *
     * @param manager owns what is kept of it
     * @param hooks whose values are asked for later
     */
    Values values(NDManager manager, Collection<HookName> hooks) {
        Ablation ablation = patch.ablation();
        return ablation == null ? otherRun(manager, hooks) : ablated(ablation);
    }

    private Values ablated(Ablation ablation) {
        return new Values() {
            @Override
            public NDArray of(HookName hook, NDArray own) {
                return ablation.of(hook, own, patch.seed());
            }

            @Override
            public @Nullable NDArray metric(Measure measure) {
                return null;
            }
        };
    }

    private Values otherRun(NDManager manager, Collection<HookName> wanted) {
        Encoded other = Objects.requireNonNull(source);
        Capture capture = new Capture(wanted);
        Hooks hooks = altered.on(manager, List.<int[]>of(other.ids()));
        NDArray resid = model.climb(HookedModel.ids(manager, List.<int[]>of(other.ids())), hooks.then(capture), null);
        return new Values() {
            @Override
            public NDArray of(HookName hook, NDArray own) {
                return capture.value(hook);
            }

            @Override
            public NDArray metric(Measure measure) {
                return Scratch.only(() -> patch.metric().type() == Metric.Type.LOSS // of its own tokens
                        ? new Measure(model, patch.metric(), other).unpatched(resid, hooks)
                        : measure.of(resid, 0, hooks));
            }
        };
    }

    @Override
    public void close() {
        altered.close();
    }
}
