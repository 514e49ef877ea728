package dev.headlight.interp.patching;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.headlight.interp.intervene.Ablation;
import dev.headlight.interp.intervene.InterventionRun;
import dev.headlight.interp.metric.Metric;
import dev.headlight.interp.metric.MetricReader;
import dev.headlight.interp.session.Session;
import dev.headlight.model.HookedModel;
import dev.headlight.model.fault.BadSelection;
import dev.headlight.model.hook.Capture;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.Hooks;
import dev.headlight.model.text.Encoded;
import dev.headlight.tensor.Scratch;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The base run of a sweep and the source of the values that are patched into it, both with the request's interventions. */
final class PatchRuns implements AutoCloseable {
    private final HookedModel model;
    private final SweepQuery patch;
    private final Encoded baseRun;
    private final @Nullable Encoded source; // null for an ablation
    private final SweepGrid grid;
    private final InterventionRun interventionRun;

    /**
     * Checks the query. Nothing is run yet, except inputs that interventions name.
     *
     * @param inputs clean and corrupted; or one, which is ablated or corrupted by noise
     * @throws BadSelection if the model or an input does not allow the query
     * @throws dev.headlight.model.fault.TooLarge for more memory than the limits allow
     */
    PatchRuns(Session session, List<Encoded> inputs, SweepQuery patch) {
        this.model = session.model();
        this.patch = patch;
        CleanCorrupted.Inputs runs = patch.cleanCorrupted().inputs(inputs);
        this.baseRun = runs.target();
        this.source = runs.source();
        this.grid = SweepGrid.of(model, patch.grid(), baseRun.length());
        if (patch.ablation() != null) {
            patch.ablation().check("ablation", grid.site(), model.info().causal(), baseRun.length());
        }
        newMeasure(); // refuses before anything is run
        session.requireHeld("hook", session.values(grid.hooks(), baseRun.length()));
        this.interventionRun = new InterventionRun(session, patch.interventions(), patch.addSpecialTokens());
        interventionRun.check(inputs);
    }

    /** The input of the base run. */
    Encoded baseRun() {
        return baseRun;
    }

    /** The cells. */
    SweepGrid grid() {
        return grid;
    }

    /** A reader of the metric; {@link MetricReader#readBaseRun} must be called first, with the base run. */
    MetricReader newMeasure() {
        return new MetricReader(model, patch.metric(), baseRun);
    }

    /** The request's interventions. */
    InterventionRun interventionRun() {
        return interventionRun;
    }

    /** Hooks of the base run: the interventions, without any patch. */
    Hooks onTarget(NDManager manager) {
        return interventionRun.on(manager, List.<int[]>of(baseRun.ids()));
    }

    /** The values that are patched into the base run. */
    interface Values {
        /**
         * The replacement of one value.
         *
         * @param own the base run's value (1, the site's axes)
         * @return (1, the site's axes), maybe with 1 position for all; another memory manager owns it
         */
        NDArray of(HookName hook, NDArray own);

        /**
         * The metric of the run that the values come from.
         *
         * @param measure of the base run, after {@link MetricReader#readBaseRun}
         * @return (1), float64; null for an ablation
         */
        @Nullable
        NDArray metric(MetricReader measure);
    }

    /**
     * Runs the source, if there is one.
     *
     * @param manager owns what is kept of the run
     * @param hooks hook points whose values are needed later
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
            public @Nullable NDArray metric(MetricReader measure) {
                return null;
            }
        };
    }

    private Values otherRun(NDManager manager, Collection<HookName> wanted) {
        Encoded other = Objects.requireNonNull(source);
        Capture capture = new Capture(wanted);
        Hooks hooks = interventionRun.on(manager, List.<int[]>of(other.ids()));
        NDArray resid =
                model.runBlocks(HookedModel.ids(manager, List.<int[]>of(other.ids())), hooks.then(capture), null);
        return new Values() {
            @Override
            public NDArray of(HookName hook, NDArray own) {
                return capture.value(hook);
            }

            @Override
            public NDArray metric(MetricReader measure) {
                return Scratch.only(() -> patch.metric().type() == Metric.Type.LOSS // of its own tokens
                        ? new MetricReader(model, patch.metric(), other).readBaseRun(resid, hooks)
                        : measure.read(resid, 0, hooks));
            }
        };
    }

    @Override
    public void close() {
        interventionRun.close();
    }
}
