package dev.headlight.interp.circuits;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.headlight.interp.intervene.InterventionRun;
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
import org.jspecify.annotations.Nullable;

/** Scores and patches the edges of a model between two runs. */
final class EdgePatching implements AutoCloseable {
    private static final int MOST_ROWS = 16;

    private final Session session;
    private final CircuitGraph edges;
    private final Encoded baseRun;
    private final @Nullable Encoded source; // null for an ablation
    private final InterventionRun interventionRun;
    private final NDManager manager;
    private final MetricReader measure;
    private final CleanCorrupted contrast;

    /**
     * Checks the query. Nothing is run yet, except inputs that interventions name.
     *
     * @param field of the request that asks for edges
     * @param inputs clean and corrupted, or the one that is ablated
     * @throws BadSelection if the model or an input does not allow the query
     */
    EdgePatching(Session session, String field, List<Encoded> inputs, CleanCorrupted contrast) {
        this.session = session;
        this.contrast = contrast;
        this.edges = CircuitGraph.of(field, session.model(), contrast.interventions());
        CleanCorrupted.Inputs runs = contrast.inputs(inputs);
        this.baseRun = runs.target();
        this.source = runs.source();
        if (contrast.ablation() != null) {
            contrast.ablation()
                    .check(
                            "ablation",
                            GradientRun.EMBEDDING.site(),
                            session.model().info().causal(),
                            baseRun.length());
        }
        this.measure = new MetricReader(session.model(), contrast.metric(), baseRun);
        this.interventionRun = new InterventionRun(session, contrast.interventions(), contrast.addSpecialTokens());
        interventionRun.check(inputs);
        this.manager = session.newManager();
    }

    /** The edge scores, and the base run that edges are patched in. Closing it frees the run. */
    final class Runs implements AutoCloseable {
        private final Hooks hooks = hooks(baseRun);
        private final GradientRun.Pass pass;
        private final AblatedRuns edgeRuns;
        private final float[] scores;
        private final @Nullable Double sourceMetric;
        private long rows;

        /** @param steps how many runs the gradients are averaged over */
        private Runs(int steps) {
            SenderOutputs senders = new SenderOutputs(session.model(), edges);
            Set<HookName> read = new LinkedHashSet<>(senders.hooks());
            read.addAll(AblatedRuns.read(edges)); // EdgeScores reads some of them
            GradientRun slope = new GradientRun(
                    session,
                    measure,
                    baseRun.ids(),
                    EapScores.wanted(edges),
                    read,
                    (start, gradients, capture) ->
                            start.then(gradients).then(hooks).then(capture));
            pass = slope.baseRun();
            try {
                NDArray own = senders.of(pass.values());
                Capture other = source == null ? pass.values() : new Capture(senders.hooks());
                sourceMetric = source == null ? null : run(source, other);
                NDArray others = senders.of(other, contrast.ablation(), contrast.seed());
                EapScores estimate = new EapScores(session.model(), edges, others.sub(own));
                estimate.add(pass);
                if (steps > 1) {
                    slope.between(steps, pass, other.value(GradientRun.EMBEDDING), estimate::add);
                }
                scores = estimate.scores();
                edgeRuns = new AblatedRuns(session.model(), edges, pass.values(), own, others);
            } catch (RuntimeException e) {
                pass.close();
                throw e;
            }
        }

        /** The metric of the source run. */
        private double run(Encoded input, Capture capture) {
            Hooks own = hooks(input);
            NDArray resid = session.model()
                    .runBlocks(HookedModel.ids(manager, List.<int[]>of(input.ids())), own.then(capture), null);
            return measure.read(resid, 0, own).toDoubleArray()[0];
        }

        /** The score of each edge [sender · receiver]; 0 if there is no edge. */
        float[] scores() {
            return scores;
        }

        /** The metric of the base run. */
        double targetMetric() {
            return pass.metric();
        }

        /** The metric of the source run; null for an ablation. */
        @Nullable
        Double sourceMetric() {
            return sourceMetric;
        }

        /** How many runs of the whole model on one input had patched edges. */
        long rows() {
            return rows;
        }

        /**
         * The metric of each circuit.
         *
         * @param circuits the edges that are not patched, by index in a grid [sender, receiver]
         */
        double[] measure(List<BitSet> circuits) {
            double[] metrics = new double[circuits.size()];
            int most = mostRows();
            for (int from = 0; from < metrics.length; from += most) {
                List<BitSet> some = circuits.subList(from, Math.min(metrics.length, from + most));
                try (NDManager scratch = session.newManager()) {
                    double[] found = edgeRuns.measure(scratch, some, baseRun.ids(), hooks, measure);
                    System.arraycopy(found, 0, metrics, from, found.length);
                }
                rows += some.size();
            }
            return metrics;
        }

        @Override
        public void close() {
            pass.close();
        }
    }

    /** How many circuits run together: what a moderate amount of memory holds. */
    int mostRows() {
        long sent =
                Float.BYTES * (long) baseRun.length() * session.model().info().dModel();
        long bytes = session.model().bytes(baseRun.length()) + sent * (2L * edges.senders() + 3L * edges.slots());
        session.limits().requireRun("input", bytes);
        return (int) Math.max(1, Math.min(MOST_ROWS, Session.BATCH_BYTES / bytes));
    }

    /**
     * Scores the edges.
     *
     * @param steps how many runs the gradients are averaged over
     */
    Runs run(int steps) {
        session.requireHeld(
                "over", session.values(new SenderOutputs(session.model(), edges).hooks(), baseRun.length()));
        return new Runs(steps);
    }

    private Hooks hooks(Encoded input) {
        return interventionRun.on(manager, List.<int[]>of(input.ids()));
    }

    /** The computational graph. */
    CircuitGraph edges() {
        return edges;
    }

    /** The input of the base run. */
    Encoded baseRun() {
        return baseRun;
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
