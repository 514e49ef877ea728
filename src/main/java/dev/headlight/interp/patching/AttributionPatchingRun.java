package dev.headlight.interp.patching;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.headlight.interp.intervene.Ablation;
import dev.headlight.interp.metric.Measured;
import dev.headlight.interp.metric.MetricReader;
import dev.headlight.interp.session.Session;
import dev.headlight.model.fault.BadSelection;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.Hooks;
import dev.headlight.model.hook.Site;
import dev.headlight.model.text.Encoded;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** One attribution patching request while it runs. */
final class AttributionPatchingRun {
    private final Session session;
    private final AttributionPatching.Query query;
    private final PreparedSweep prepared;
    private final NDManager manager;
    private final SweepGrid grid;
    private final Set<HookName> captureHooks;
    private final Hooks interventionHooks;
    private final PreparedSweep.Source source;

    /**
     * Runs the source.
     *
     * @param manager owns the captured values
     * @throws BadSelection for a hook point without gradients, and for {@code exact} out of range
     */
    AttributionPatchingRun(
            Session session, AttributionPatching.Query query, PreparedSweep prepared, NDManager manager) {
        this.session = session;
        this.query = query;
        this.prepared = prepared;
        this.manager = manager;
        this.grid = prepared.grid();
        if (grid.site() == Site.EXPERT_INDICES) {
            throw new BadSelection("hook", "expert_indices are choices, which have no gradient");
        }
        AtpGrid.requireExact(query.exact(), grid.size());
        session.addAnswerSize(
                "over",
                AtpGrid.size(session, query.exact(), grid.size(), query.sweep().ablation() == null)
                        .inputs(List.of(prepared.baseInput())));
        this.captureHooks = new LinkedHashSet<>(grid.hookNames());
        if (query.steps() > 1) {
            captureHooks.add(GradientRun.FIRST_BLOCK_INPUT);
        }
        this.source = prepared.source(manager, captureHooks);
        this.interventionHooks = prepared.baseRunHooks(manager);
    }

    /** Estimates every cell, and patches the strongest if that is requested. */
    AttributionPatching.Answer answer(List<Encoded> inputs) {
        AtpGrid estimates = estimate();
        Sweep sweep = new Sweep(session, prepared, null, (cells, values) -> {});
        List<AttributionPatching.Exact> exact =
                query.exact() == null ? null : estimates.exact(query.exact(), cells -> patch(sweep, cells));
        boolean noising = query.sweep().direction() == SweepQuery.Direction.NOISING;
        List<String> warnings = new ArrayList<>(prepared.interventionRun().warnings());
        warnings.addAll(estimates.warnings());
        Measured measured = prepared.newMetricReader().measured();
        warnings.addAll(measured.spaceWarnings(session, inputs.get(0)));
        return new AttributionPatching.Answer(
                session.model().id(),
                measured,
                estimates.tensor(session, grid.dims()),
                estimates.clean(noising),
                estimates.corrupted(noising),
                estimates.baseline(),
                estimates.normalised(session, grid.dims()),
                exact,
                Patching.Axes.of(prepared, query.sweep()),
                null,
                null,
                work(exact != null, sweep.tokenLayers()),
                query.sweep().ablation() == Ablation.RESAMPLE ? query.sweep().seed() : null,
                prepared.interventionRun().seeds(),
                session.provenance(inputs),
                warnings);
    }

    /** The metric with each of these cells patched, at its index in the grid. */
    private double[] patch(Sweep sweep, int[] cells) {
        return sweep.run(
                new BaseRun(session, prepared, manager, interventionHooks, source, sweep.heldHookNames()), cells);
    }

    private AttributionPatching.Work work(boolean exact, long tokenLayers) {
        int sources = query.sweep().ablation() == null ? 1 : 0;
        return new AttributionPatching.Work(query.steps() + sources + (exact ? 1 : 0), query.steps(), tokenLayers);
    }

    private AtpGrid estimate() {
        MetricReader metricReader = prepared.newMetricReader();
        GradientRun gradientRun = new GradientRun(
                session,
                metricReader,
                prepared.baseInput().ids(),
                grid.hookNames(),
                captureHooks,
                (start, gradients, capture) ->
                        interventionHooks.then(start).then(gradients).then(capture));
        try (GradientRun.Pass base = gradientRun.basePass()) {
            GridEstimates estimates = new GridEstimates(grid, GridEstimates.changes(grid.hookNames(), source, base));
            estimates.add(base);
            if (query.steps() > 1) {
                NDArray embedding = base.values().value(GradientRun.FIRST_BLOCK_INPUT);
                gradientRun.interpolate(
                        query.steps(),
                        base,
                        source.replacement(GradientRun.FIRST_BLOCK_INPUT, embedding),
                        estimates::add);
            }
            NDArray sourceMetric = source.metric(metricReader);
            return new AtpGrid(
                    estimates.estimates(),
                    grid.shape(),
                    base.metric(),
                    sourceMetric == null ? null : sourceMetric.toDoubleArray()[0]);
        }
    }
}
