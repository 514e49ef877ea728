package dev.headlight.interp.patching;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.headlight.interp.intervene.Ablation;
import dev.headlight.interp.session.AnswerSize;
import dev.headlight.interp.session.Session;
import dev.headlight.model.fault.BadSelection;
import dev.headlight.model.hook.Hooks;
import dev.headlight.model.text.Encoded;
import dev.headlight.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The runs of one patching request: one sweep per sample of noise, or one in all. */
final class PatchingRun {
    private final Session session;
    private final Patching.Query query;
    private final PatchRuns runs;
    private final SweepGrid grid;
    private final Sweep sweep;
    private final int[] noised;
    private final int targets;
    private final Sweep.Listener listener;

    /** @throws BadSelection for a window or noise that the query cannot have */
    PatchingRun(Session session, Patching.Query query, PatchRuns runs, Sweep.Listener listener) {
        this.session = session;
        this.query = query;
        this.runs = runs;
        this.grid = runs.grid();
        this.listener = listener;
        this.targets = query.noise() == null ? 1 : query.noise().samples();
        this.noised = query.noise() == null ? new int[0] : query.noise().check(grid.length());
        if (!query.receivers().isEmpty() && grid.window() != 1) {
            throw new BadSelection("window", grid.window(), "must be 1 with receivers");
        }
        Paths paths = query.receivers().isEmpty()
                ? null
                : Paths.of(
                        query.receivers(), query.freezeMlps(), session.model().info(), grid.length());
        this.sweep = new Sweep(session, runs, paths, listener);
        session.requireHeld("hook", session.values(sweep.held(), grid.length()));
    }

    /** Runs everything. */
    Patching.Answer answer(List<Encoded> inputs) {
        AnswerSize size = session.answerSize().inputs(List.of(runs.baseRun()));
        int tensors = query.sweep().ablation() != null ? 1 : query.noise() == null ? 2 : 3;
        for (int i = 0; i < tensors; i++) {
            size.tensor().values(grid.size());
        }
        session.addAnswerSize("over", size);
        Double std = query.noise() == null ? null : query.noise().deviation(session);
        NoiseSamples samples = new NoiseSamples();
        listener.starts((int) grid.shape()[1], targets * grid.size());
        try (NDManager manager = session.newManager()) {
            PatchRuns.Values values = runs.values(manager, grid.hooks());
            for (int i = 0; i < targets; i++) {
                samples.add(sample(values, std, i));
            }
        }
        return answer(samples, std, inputs);
    }

    /** One base run and all its cells. */
    private NoiseSamples.One sample(PatchRuns.Values values, @Nullable Double std, int sample) {
        try (NDManager own = session.newManager()) {
            Hooks hooks = runs.onTarget(own);
            if (query.noise() != null && std != null) {
                hooks = hooks.then(query.noise().noise(session, std, sample, noised, grid.length()));
            }
            BaseRun target = new BaseRun(session, runs, own, hooks, values, sweep.held());
            NDArray source = values.metric(target.measure());
            double from = source == null ? Double.NaN : source.toDoubleArray()[0];
            return new NoiseSamples.One(sweep.run(target), target.baseline(), from);
        }
    }

    private Patching.Answer answer(NoiseSamples samples, @Nullable Double std, List<Encoded> inputs) {
        boolean ablates = query.sweep().ablation() != null;
        boolean noising = query.sweep().direction() == SweepQuery.Direction.NOISING;
        List<String> warnings = new ArrayList<>(runs.interventionRun().warnings());
        if (!ablates && samples.into() == samples.from()) {
            warnings.add("the metric of both runs is the same, so normalised has no finite value");
        }
        return new Patching.Answer(
                session.model().id(),
                kept(samples.grid()),
                ablates ? null : noising ? samples.into() : samples.from(),
                ablates ? null : noising ? samples.from() : samples.into(),
                ablates ? samples.into() : null,
                ablates ? null : kept(samples.normalised()),
                samples.count() < 2 ? null : kept(samples.standardError()),
                Patching.Axes.of(runs, query.sweep()),
                new Patching.Work(sweep.tokenLayers(), samples.count() * sweep.naiveTokenLayers()),
                query.noise() == null || std == null ? null : noised(query.noise(), std, samples),
                query.sweep().ablation() == Ablation.RESAMPLE ? query.sweep().seed() : null,
                runs.interventionRun().seeds(),
                session.provenance(inputs),
                warnings);
    }

    private Patching.Noised noised(CausalTracing noise, double std, NoiseSamples samples) {
        Double error = samples.count() < 2 ? null : samples.intoStandardError();
        return new Patching.Noised(std, Session.boxed(noised), samples.count(), noise.seed(), error);
    }

    private Tensor kept(float[] values) {
        return session.memory().keep(values, grid.shape(), grid.dims());
    }
}
