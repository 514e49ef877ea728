package dev.headlight.interp.patching;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.headlight.interp.intervene.Ablation;
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

/** The runs of one attribution patching request. */
final class AttributionPatchingRun {
    private final Session session;
    private final AttributionPatching.Query query;
    private final PatchRuns runs;
    private final NDManager manager;
    private final SweepGrid grid;
    private final Set<HookName> read;
    private final Hooks altered;
    private final PatchRuns.Values source;

    /**
     * Runs the source.
     *
     * @param manager owns what is kept of the runs
     * @throws BadSelection for a hook point without gradients, and for {@code exact} out of range
     */
    AttributionPatchingRun(Session session, AttributionPatching.Query query, PatchRuns runs, NDManager manager) {
        this.session = session;
        this.query = query;
        this.runs = runs;
        this.manager = manager;
        this.grid = runs.grid();
        if (grid.site() == Site.EXPERT_INDICES) {
            throw new BadSelection("hook", "expert_indices are choices, which have no gradient");
        }
        AtpGrid.requireExact(query.exact(), grid.size());
        session.addAnswerSize(
                "over",
                AtpGrid.size(session, query.exact(), grid.size(), query.sweep().ablation() == null)
                        .inputs(List.of(runs.baseRun())));
        this.read = new LinkedHashSet<>(grid.hooks());
        if (query.steps() > 1) {
            read.add(GradientRun.EMBEDDING);
        }
        this.source = runs.values(manager, read);
        this.altered = runs.onTarget(manager);
    }

    /** Estimates every cell, and patches the strongest if that is requested. */
    AttributionPatching.Answer answer(List<Encoded> inputs) {
        AtpGrid found = estimated();
        Sweep sweep = new Sweep(session, runs, null, (cells, values) -> {});
        List<AttributionPatching.Exact> exact = query.exact() == null
                ? null
                : found.exact(
                        query.exact(),
                        cells -> sweep.run(new BaseRun(session, runs, manager, altered, source, sweep.held()), cells));
        SweepQuery patch = query.sweep();
        boolean noising = patch.direction() == SweepQuery.Direction.NOISING;
        List<String> warnings = new ArrayList<>(runs.interventionRun().warnings());
        warnings.addAll(found.warnings());
        return new AttributionPatching.Answer(
                session.model().id(),
                found.kept(session, grid.dims()),
                found.clean(noising),
                found.corrupted(noising),
                found.baseline(),
                found.normalised(session, grid.dims()),
                exact,
                Patching.Axes.of(runs, patch),
                null,
                null,
                work(exact != null, sweep.tokenLayers()),
                patch.ablation() == Ablation.RESAMPLE ? patch.seed() : null,
                runs.interventionRun().seeds(),
                session.provenance(inputs),
                warnings);
    }

    private AttributionPatching.Work work(boolean exact, long tokenLayers) {
        int sources = query.sweep().ablation() == null ? 1 : 0;
        return new AttributionPatching.Work(query.steps() + sources + (exact ? 1 : 0), query.steps(), tokenLayers);
    }

    private AtpGrid estimated() {
        MetricReader measure = runs.newMeasure();
        GradientRun slope = new GradientRun(
                session,
                measure,
                runs.baseRun().ids(),
                grid.hooks(),
                read,
                (start, gradients, capture) ->
                        altered.then(start).then(gradients).then(capture));
        try (GradientRun.Pass target = slope.baseRun()) {
            GridEstimates order = new GridEstimates(grid, GridEstimates.changes(grid.hooks(), source, target));
            order.add(target);
            if (query.steps() > 1) {
                NDArray own = target.values().value(GradientRun.EMBEDDING);
                slope.between(query.steps(), target, source.of(GradientRun.EMBEDDING, own), order::add);
            }
            NDArray other = source.metric(measure);
            return new AtpGrid(
                    order.estimates(), grid.shape(), target.metric(), other == null ? null : other.toDoubleArray()[0]);
        }
    }
}
