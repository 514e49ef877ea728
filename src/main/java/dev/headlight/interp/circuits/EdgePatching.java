package dev.headlight.interp.circuits;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.headlight.interp.intervene.InterventionRun;
import dev.headlight.interp.metric.Measured;
import dev.headlight.interp.metric.MetricReader;
import dev.headlight.interp.patching.CleanCorrupted;
import dev.headlight.interp.patching.GradientRun;
import dev.headlight.interp.session.Session;
import dev.headlight.model.HookedModel;
import dev.headlight.model.fault.BadSelection;
import dev.headlight.model.hook.Capture;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.Hooks;
import dev.headlight.model.text.Encoded;
import java.util.BitSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Scores the edges of a model for patching between two runs, and patches sets of edges. */
final class EdgePatching implements AutoCloseable {
    private static final int MAX_ROWS = 16;

    private final Session session;
    private final CircuitGraph graph;
    private final Encoded baseInput;
    private final @Nullable Encoded sourceInput; // null for an ablation
    private final InterventionRun interventionRun;
    private final NDManager manager;
    private final MetricReader metricReader;
    private final CleanCorrupted runs;

    /**
     * Checks the query. Nothing is run yet, except inputs that interventions name.
     *
     * @param field of the request that asks for edges
     * @param inputs clean and corrupted, or the one that is ablated
     * @throws BadSelection if the model or an input does not allow the query
     */
    EdgePatching(Session session, String field, List<Encoded> inputs, CleanCorrupted runs) {
        this.session = session;
        this.runs = runs;
        this.graph = CircuitGraph.of(field, session.model(), runs.interventions());
        CleanCorrupted.Inputs roles = runs.inputs(inputs);
        this.baseInput = roles.base();
        this.sourceInput = roles.source();
        if (runs.ablation() != null) {
            runs.ablation()
                    .check(
                            "ablation",
                            GradientRun.FIRST_BLOCK_INPUT.site(),
                            session.model().info().causal(),
                            baseInput.length());
        }
        this.metricReader = new MetricReader(session.model(), runs.metric(), baseInput);
        this.interventionRun = new InterventionRun(session, runs.interventions(), runs.addSpecialTokens());
        this.manager = session.newManager();
        try {
            interventionRun.check(inputs);
        } catch (RuntimeException e) {
            manager.close();
            throw e;
        }
    }

    /** The base run with the scores of its edges; it measures circuits. Closing it frees the run. */
    final class ScoredEdges implements AutoCloseable {
        private final Hooks hooks = hooks(baseInput);
        private final GradientRun.Pass pass;
        private final CircuitRuns ablatedRuns;
        private final float[] scores;
        private final @Nullable Double sourceMetric;
        private long ablatedRunCount;

        /**
         * @param steps how many runs the gradients are averaged over
         * @param scored is called after each of them
         */
        private ScoredEdges(int steps, Runnable scored) {
            SenderOutputs outputs = new SenderOutputs(session.model(), graph);
            Set<HookName> captureHooks = new LinkedHashSet<>(outputs.hookNames());
            captureHooks.addAll(CircuitRuns.streamHookNames(graph)); // and those that EapScores reads
            GradientRun gradientRun = new GradientRun(
                    session,
                    metricReader,
                    baseInput.ids(),
                    EapScores.gradientHookNames(graph),
                    captureHooks,
                    (start, gradients, capture) ->
                            start.then(gradients).then(hooks).then(capture));
            pass = gradientRun.basePass();
            try {
                NDArray baseOutputs = outputs.of(pass.values());
                Capture source = sourceInput == null ? pass.values() : new Capture(outputs.hookNames());
                sourceMetric = sourceInput == null ? null : runSource(sourceInput, source);
                NDArray patchedOutputs = outputs.of(source, runs.ablation(), runs.seed());
                EapScores eapScores = new EapScores(session.model(), graph, patchedOutputs.sub(baseOutputs), scored);
                eapScores.add(pass);
                if (steps > 1) {
                    gradientRun.interpolate(steps, pass, source.value(GradientRun.FIRST_BLOCK_INPUT), eapScores::add);
                }
                scores = eapScores.scores();
                ablatedRuns = new CircuitRuns(session.model(), graph, pass.values(), baseOutputs, patchedOutputs);
            } catch (RuntimeException e) {
                pass.close();
                throw e;
            }
        }

        /** Runs the source input and returns its metric. */
        private double runSource(Encoded input, Capture capture) {
            Hooks inputHooks = hooks(input);
            NDArray resid = session.model()
                    .runBlocks(HookedModel.ids(manager, List.<int[]>of(input.ids())), inputHooks.then(capture), null);
            return metricReader.read(resid, 0, inputHooks).toDoubleArray()[0];
        }

        /** The score of each edge, 0 if there is no edge: {@code [sender · receiver]}. */
        float[] scores() {
            return scores;
        }

        /** The metric of the base run. */
        double baseMetric() {
            return pass.metric();
        }

        /** The metric of the source run; null for an ablation. */
        @Nullable
        Double sourceMetric() {
            return sourceMetric;
        }

        /** How many runs of the whole model on one input had patched edges, so far. */
        long ablatedRunCount() {
            return ablatedRunCount;
        }

        /**
         * The metric of each circuit.
         *
         * @param circuits the edges that are not patched, by index in a grid [sender, receiver]
         */
        double[] metrics(List<BitSet> circuits) {
            double[] metrics = new double[circuits.size()];
            int most = rowsPerBatch();
            for (int from = 0; from < metrics.length; from += most) {
                List<BitSet> batch = circuits.subList(from, Math.min(metrics.length, from + most));
                try (NDManager scratch = session.newManager()) {
                    double[] found = ablatedRuns.metrics(scratch, batch, baseInput.ids(), hooks, metricReader);
                    System.arraycopy(found, 0, metrics, from, found.length);
                }
                ablatedRunCount += batch.size();
            }
            return metrics;
        }

        @Override
        public void close() {
            pass.close();
        }
    }

    /** Circuits per batch. A row costs about three passes, because every receiver reads a residual stream of its own. */
    int rowsPerBatch() {
        long outputBytes =
                Float.BYTES * (long) baseInput.length() * session.model().info().dModel();
        long bytes =
                session.model().bytes(baseInput.length()) + outputBytes * (2L * graph.senders() + 3L * graph.slots());
        session.limits().requireRun("input", bytes);
        return Math.min(
                MAX_ROWS, Session.rowsPerBatch(bytes, 3 * session.model().flops(baseInput.length())));
    }

    /**
     * Runs the base run and the source run, and scores the edges.
     *
     * @param steps how many runs the gradients are averaged over
     * @param scored is called after each of them
     */
    ScoredEdges score(int steps, Runnable scored) {
        session.requireHeld(
                "over", session.values(new SenderOutputs(session.model(), graph).hookNames(), baseInput.length()));
        return new ScoredEdges(steps, scored);
    }

    private Hooks hooks(Encoded input) {
        return interventionRun.on(manager, List.<int[]>of(input.ids()));
    }

    /** The computational graph. */
    CircuitGraph graph() {
        return graph;
    }

    /** The input of the base run. */
    Encoded baseInput() {
        return baseInput;
    }

    /**
     * After the runs: remarks on the interventions and on the tokens of the metric.
     *
     * @param inputs of the request, the clean one first
     */
    List<String> warnings(List<Encoded> inputs) {
        return Stream.of(interventionRun.warnings(), measured().spaceWarnings(session, inputs.get(0)))
                .flatMap(List::stream)
                .toList();
    }

    /** The tokens and the position of the metric. */
    Measured measured() {
        return metricReader.measured();
    }

    /** The request's interventions. */
    InterventionRun interventionRun() {
        return interventionRun;
    }

    @Override
    public void close() {
        manager.close();
        interventionRun.close();
    }
}
