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

/**
 * A sweep request, checked against the model: its grid, its interventions, the input of the base run, and the source of the
 * values that are patched into it.
 */
final class PreparedSweep implements AutoCloseable {
    private final HookedModel model;
    private final SweepQuery query;
    private final Encoded baseInput;
    private final @Nullable Encoded sourceInput; // null for an ablation
    private final SweepGrid grid;
    private final InterventionRun interventionRun;

    /**
     * Checks the query. Nothing is run yet, except inputs that interventions name.
     *
     * @param inputs clean and corrupted; or one, which is ablated or corrupted by noise
     * @throws BadSelection if the model or an input does not allow the query
     * @throws dev.headlight.model.fault.TooLarge for more memory than the limits allow
     */
    PreparedSweep(Session session, List<Encoded> inputs, SweepQuery query) {
        this.model = session.model();
        this.query = query;
        CleanCorrupted.Inputs roles = query.cleanCorrupted().inputs(inputs);
        this.baseInput = roles.base();
        this.sourceInput = roles.source();
        this.grid = SweepGrid.of(model, query.grid(), baseInput.length());
        if (query.ablation() != null) {
            query.ablation().check("ablation", grid.site(), model.info().causal(), baseInput.length());
        }
        newMetricReader(); // refuses a bad metric before anything is run
        session.requireHeld("hook", session.values(grid.hookNames(), baseInput.length()));
        this.interventionRun = new InterventionRun(session, query.interventions(), query.addSpecialTokens());
        interventionRun.check(inputs);
    }

    /** The input of the base run. */
    Encoded baseInput() {
        return baseInput;
    }

    /** The cells. */
    SweepGrid grid() {
        return grid;
    }

    /** A new reader of the metric; {@link MetricReader#readBaseRun} must be called first, with the base run. */
    MetricReader newMetricReader() {
        return new MetricReader(model, query.metric(), baseInput);
    }

    /** The request's interventions. */
    InterventionRun interventionRun() {
        return interventionRun;
    }

    /** Hooks of the base run: the interventions, without any patch. */
    Hooks baseRunHooks(NDManager manager) {
        return interventionRun.on(manager, List.<int[]>of(baseInput.ids()));
    }

    /** The source of the values that are patched into the base run: another run, or an ablation. */
    interface Source {
        /**
         * The replacement of one value.
         *
         * @param baseValue the base run's value: {@code [1, axes of the site]}
         * @return {@code [1, axes of the site]}, of all positions or of 1 that stands for all; another manager may own it
         */
        NDArray replacement(HookName hook, NDArray baseValue);

        /**
         * The metric of the source run.
         *
         * @param metricReader of the base run, after {@link MetricReader#readBaseRun}
         * @return {@code [1]}, float64; null for an ablation
         */
        @Nullable
        NDArray metric(MetricReader metricReader);
    }

    /**
     * Runs the source input, if there is one.
     *
     * @param manager owns the captured values
     * @param captureHooks hook points whose values are needed later
     */
    Source source(NDManager manager, Collection<HookName> captureHooks) {
        Ablation ablation = query.ablation();
        return ablation == null ? ofSourceRun(manager, captureHooks) : ofAblation(ablation);
    }

    private Source ofAblation(Ablation ablation) {
        return new Source() {
            @Override
            public NDArray replacement(HookName hook, NDArray baseValue) {
                return ablation.of(hook, baseValue, query.seed());
            }

            @Override
            public @Nullable NDArray metric(MetricReader metricReader) {
                return null;
            }
        };
    }

    private Source ofSourceRun(NDManager manager, Collection<HookName> captureHooks) {
        Encoded input = Objects.requireNonNull(sourceInput);
        Capture capture = new Capture(captureHooks);
        Hooks hooks = interventionRun.on(manager, List.<int[]>of(input.ids()));
        NDArray resid =
                model.runBlocks(HookedModel.ids(manager, List.<int[]>of(input.ids())), hooks.then(capture), null);
        return new Source() {
            @Override
            public NDArray replacement(HookName hook, NDArray baseValue) {
                return capture.value(hook);
            }

            @Override
            public NDArray metric(MetricReader metricReader) {
                return Scratch.only(
                        () -> query.metric().type() == Metric.Type.LOSS // the loss of the source's own tokens
                                ? new MetricReader(model, query.metric(), input).readBaseRun(resid, hooks)
                                : metricReader.read(resid, 0, hooks));
            }
        };
    }

    @Override
    public void close() {
        interventionRun.close();
    }
}
