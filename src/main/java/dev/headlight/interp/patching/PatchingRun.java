package dev.headlight.interp.patching;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.headlight.interp.intervene.Ablation;
import dev.headlight.interp.metric.Measured;
import dev.headlight.interp.session.AnswerSize;
import dev.headlight.interp.session.Session;
import dev.headlight.model.fault.BadSelection;
import dev.headlight.model.hook.Hooks;
import dev.headlight.model.text.Encoded;
import dev.headlight.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One patching request while it runs: one sweep per sample of noise, or one sweep without noise. */
final class PatchingRun {
    private final Session session;
    private final Patching.Query query;
    private final PreparedSweep prepared;
    private final SweepGrid grid;
    private final Sweep sweep;
    private final int[] noisedPositions;
    private final int baseRuns;
    private final Sweep.Listener listener;

    /**
     * Checks the noise, the receivers and the window.
     *
     * @throws BadSelection for noise or a window that the query cannot have
     */
    PatchingRun(Session session, Patching.Query query, PreparedSweep prepared, Sweep.Listener listener) {
        this.session = session;
        this.query = query;
        this.prepared = prepared;
        this.grid = prepared.grid();
        this.listener = listener;
        this.baseRuns = query.noise() == null ? 1 : query.noise().samples();
        this.noisedPositions =
                query.noise() == null ? new int[0] : query.noise().checkedPositions(grid.length());
        if (!query.receivers().isEmpty() && grid.window() != 1) {
            throw new BadSelection("window", grid.window(), "must be 1 with receivers");
        }
        DirectPaths paths = query.receivers().isEmpty()
                ? null
                : DirectPaths.of(
                        query.receivers(), query.freezeMlps(), session.model().info(), grid.length());
        this.sweep = new Sweep(session, prepared, paths, listener);
        session.requireHeld("hook", session.values(sweep.heldHookNames(), grid.length()));
    }

    /** Runs everything. */
    Patching.Answer answer(List<Encoded> inputs) {
        AnswerSize size = session.answerSize().inputs(List.of(prepared.baseInput()));
        int tensors = query.sweep().ablation() != null ? 1 : query.noise() == null ? 2 : 3;
        for (int i = 0; i < tensors; i++) {
            size.tensor().values(grid.size());
        }
        session.addAnswerSize("over", size);
        Double std = query.noise() == null ? null : query.noise().noiseStd(session);
        NoiseSamples samples = new NoiseSamples();
        listener.starts((int) grid.shape()[1], baseRuns * grid.size());
        try (NDManager manager = session.newManager()) {
            PreparedSweep.Source source = prepared.source(manager, grid.hookNames());
            for (int i = 0; i < baseRuns; i++) {
                samples.add(sample(source, std, i));
            }
        }
        return answer(samples, std, inputs);
    }

    /** One base run and all its cells. */
    private NoiseSamples.Sample sample(PreparedSweep.Source source, @Nullable Double std, int sample) {
        try (NDManager manager = session.newManager()) {
            Hooks hooks = prepared.baseRunHooks(manager);
            if (query.noise() != null && std != null) {
                hooks = hooks.then(query.noise().noiseHooks(session, std, sample, noisedPositions, grid.length()));
            }
            BaseRun base = new BaseRun(session, prepared, manager, hooks, source, sweep.heldHookNames());
            NDArray metric = source.metric(base.metricReader());
            double sourceMetric = metric == null ? Double.NaN : metric.toDoubleArray()[0];
            return new NoiseSamples.Sample(sweep.run(base), base.metric(), sourceMetric);
        }
    }

    private Patching.Answer answer(NoiseSamples samples, @Nullable Double std, List<Encoded> inputs) {
        boolean ablates = query.sweep().ablation() != null;
        boolean noising = query.sweep().direction() == SweepQuery.Direction.NOISING;
        Measured measured = prepared.newMetricReader().measured();
        List<String> warnings = new ArrayList<>(prepared.interventionRun().warnings());
        warnings.addAll(measured.spaceWarnings(session, inputs.get(0)));
        if (!ablates && samples.baseMetric() == samples.sourceMetric()) {
            warnings.add("the metric of both runs is the same, so normalised has no finite value");
        }
        return new Patching.Answer(
                session.model().id(),
                measured,
                tensor(samples.grid()),
                ablates ? null : noising ? samples.baseMetric() : samples.sourceMetric(),
                ablates ? null : noising ? samples.sourceMetric() : samples.baseMetric(),
                ablates ? samples.baseMetric() : null,
                ablates ? null : tensor(samples.normalised()),
                samples.count() < 2 ? null : tensor(samples.standardError()),
                Patching.Axes.of(prepared, query.sweep()),
                new Patching.Work(sweep.tokenLayers(), samples.count() * sweep.naiveTokenLayers()),
                query.noise() == null || std == null ? null : noised(query.noise(), std, samples),
                query.sweep().ablation() == Ablation.RESAMPLE ? query.sweep().seed() : null,
                prepared.interventionRun().seeds(),
                session.provenance(inputs),
                warnings);
    }

    private Patching.Noised noised(CausalTracingNoise noise, double std, NoiseSamples samples) {
        Double error = samples.count() < 2 ? null : samples.baseMetricStandardError();
        return new Patching.Noised(std, Session.boxed(noisedPositions), samples.count(), noise.seed(), error);
    }

    private Tensor tensor(float[] values) {
        return session.memory().keep(values, grid.shape(), grid.dims());
    }
}
