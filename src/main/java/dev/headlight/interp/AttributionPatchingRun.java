package dev.headlight.interp;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.headlight.model.BadSelection;
import dev.headlight.model.Encoded;
import dev.headlight.model.HookName;
import dev.headlight.model.Hooks;
import dev.headlight.model.Site;
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
    private final Grid grid;
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
        Estimated.requireExact(query.exact(), grid.size());
        session.answers(
                "over",
                Estimated.size(
                                session,
                                query.exact(),
                                grid.size(),
                                query.patch().ablation() == null)
                        .inputs(List.of(runs.target())));
        this.read = new LinkedHashSet<>(grid.hooks());
        if (query.steps() > 1) {
            read.add(Slope.EMBEDDING);
        }
        this.source = runs.values(manager, read);
        this.altered = runs.onTarget(manager);
    }

    /** Estimates every cell, and patches the strongest if that is requested. */
    AttributionPatching.Answer answer(List<Encoded> inputs) {
        Estimated found = estimated();
        Sweep sweep = new Sweep(session, runs, null, (cells, values) -> {});
        List<AttributionPatching.Exact> exact = query.exact() == null
                ? null
                : found.exact(
                        query.exact(),
                        cells -> sweep.run(new Target(session, runs, manager, altered, source, sweep.held()), cells));
        Patch patch = query.patch();
        boolean noising = patch.direction() == Patch.Direction.NOISING;
        List<String> warnings = new ArrayList<>(runs.altered().warnings());
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
                runs.altered().seeds(),
                session.provenance(inputs),
                warnings);
    }

    private AttributionPatching.Work work(boolean exact, long tokenLayers) {
        int sources = query.patch().ablation() == null ? 1 : 0;
        return new AttributionPatching.Work(query.steps() + sources + (exact ? 1 : 0), query.steps(), tokenLayers);
    }

    private Estimated estimated() {
        Measure measure = runs.newMeasure();
        Slope slope = new Slope(
                session,
                measure,
                runs.target().ids(),
                grid.hooks(),
                read,
                (start, gradients, capture) ->
                        altered.then(start).then(gradients).then(capture));
        try (Slope.Pass target = slope.target()) {
            FirstOrder order = new FirstOrder(grid, FirstOrder.changes(grid.hooks(), source, target));
            order.add(target);
            if (query.steps() > 1) {
                NDArray own = target.values().value(Slope.EMBEDDING);
                slope.between(query.steps(), target, source.of(Slope.EMBEDDING, own), order::add);
            }
            NDArray other = source.metric(measure);
            return new Estimated(
                    order.estimates(), grid.shape(), target.metric(), other == null ? null : other.toDoubleArray()[0]);
        }
    }
}
