package dev.headlight.interp.circuits;

import dev.headlight.interp.intervene.Ablation;
import dev.headlight.interp.metric.Measured;
import dev.headlight.interp.patching.AttributionPatching;
import dev.headlight.interp.patching.CleanCorrupted;
import dev.headlight.interp.patching.SweepQuery;
import dev.headlight.interp.session.AnalysisAnswer;
import dev.headlight.interp.session.Session;
import dev.headlight.model.Provenance;
import dev.headlight.model.fault.BadSelection;
import dev.headlight.model.text.Encoded;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds a small circuit: edges are added, strongest first by {@link EapScores}, until the circuit keeps a share of the
 * difference in a metric between two runs, while all other edges carry their values of the
 * other run.
 *
 * <p>Let m(C) be the metric when only the edges of C carry their values of the clean run. The faithfulness of C is
 * (m(C) - m(none)) / (m(all) - m(none)). The completeness is the same share for all edges outside of C: near 0 if nothing
 * outside of the circuit does the same work.
 *
 * @see <a href="https://arxiv.org/abs/2211.00593">Wang et al., 2022, section 4, for faithfulness and completeness</a>
 * @see <a href="https://arxiv.org/abs/2403.17806">Hanna, Pezzelle and Belinkov, 2024, for the search</a>
 * @see <a href="https://arxiv.org/abs/2403.19647">Marks et al., 2024, section 4, for completeness as a share</a>
 */
public final class Circuits {
    /**
     * The circuit to find.
     *
     * @param runs the two runs; the direction chooses the run whose gradients rank the edges
     * @param steps how many runs the gradients are averaged over
     * @param share of the metric that the circuit must keep, above 0 and at most 1
     * @param edgesMax the most edges of the circuit; null for all
     */
    public record Query(
            CleanCorrupted runs,
            int steps,
            double share,
            @Nullable Integer edgesMax) {}

    /**
     * A part of the model.
     *
     * @param id its name, such as {@code blocks.0.head.1}
     * @param kind {@code embedding}, {@code head}, {@code mlp} or {@code logits}
     * @param layer null for the embedding and the logits
     * @param head null for other kinds
     * @param inputs its receivers that have an edge of the circuit
     */
    public record Node(
            String id,
            String kind,
            @Nullable Integer layer,
            @Nullable Integer head,
            List<String> inputs) {}

    /**
     * One edge of the circuit.
     *
     * @param from name of the sender
     * @param to name of the receiver
     * @param score the estimated change of the metric if the edge is patched from the other run
     */
    public record Edge(String from, String to, double score) {}

    /**
     * The cost of the request, in runs of the whole model on one input.
     *
     * @param forwardPasses unpatched runs
     * @param backwardPasses backward passes
     * @param ablatedRuns runs with some edges patched
     */
    public record Work(long forwardPasses, long backwardPasses, long ablatedRuns) {}

    /**
     * The answer.
     *
     * @param measured the tokens and the position of the metric
     * @param nodes of the circuit, the embedding first and the logits last
     * @param edges strongest first
     * @param edgeCount how many edges the model has
     * @param share the requested share
     * @param faithfulness the share of the metric that the circuit keeps
     * @param completeness the share of the metric that all other edges keep
     * @param full the metric of the clean run
     * @param empty the metric with every edge patched
     * @param circuit the metric with every edge outside of the circuit patched
     * @param complement the metric with every edge of the circuit patched
     * @param work the cost of the request
     * @param seed of a resampling; null without one
     * @param seeds one per intervention, in order; null for an intervention without randomness
     */
    public record Answer(
            String model,
            Measured measured,
            List<Node> nodes,
            List<Edge> edges,
            int edgeCount,
            double share,
            double faithfulness,
            double completeness,
            double full,
            double empty,
            double circuit,
            double complement,
            List<Integer> tokenIds,
            List<String> tokens,
            Work work,
            @Nullable Long seed,
            List<@Nullable Long> seeds,
            Provenance provenance,
            List<String> warnings)
            implements AnalysisAnswer {}

    private static final double EQUAL_METRICS = 1e-6; // relative difference below which float32 metrics count as equal

    private final Session session;
    private final List<Encoded> inputs;
    private final Query query;
    private final CircuitProgress.Listener listener;
    private int scoredRuns;

    private Circuits(Session session, List<Encoded> inputs, Query query, CircuitProgress.Listener listener) {
        this.session = session;
        this.inputs = inputs;
        this.query = query;
        this.listener = listener;
    }

    /**
     * Finds the circuit; also its dry run.
     *
     * @param inputs clean and corrupted, or the one that is ablated
     * @param listener is told how far it is
     * @throws BadSelection if the model or an input does not allow the query, before anything is run; and if both runs have
     *     the same metric
     */
    public static Answer compute(
            Session session, List<Encoded> inputs, Query query, CircuitProgress.Listener listener) {
        AttributionPatching.requireGradients(query.runs.metric(), query.steps, query.runs.ablation());
        if (!(query.share > 0 && query.share <= 1)) {
            throw new BadSelection("share", query.share, "must be above 0 and at most 1");
        }
        return new Circuits(session, inputs, query, listener).answer();
    }

    private Answer answer() {
        CleanCorrupted noising = query.runs.withDirection(SweepQuery.Direction.NOISING);
        try (EdgePatching patching = new EdgePatching(session, "model", inputs, noising)) {
            int count = patching.graph().edgeCount();
            int most = query.edgesMax == null ? count : query.edgesMax;
            if (most < 1 || most > count) {
                throw new BadSelection("edges_max", most, "must be 1.." + count + ", the edges of the model");
            }
            CircuitSize.require(session, patching.baseInput(), most, count);
            float[] corrupted = ranksByCorruptedRun() ? corruptedScores() : null;
            try (EdgePatching.ScoredEdges clean = patching.score(corrupted == null ? query.steps : 1, this::scored)) {
                return answer(patching, clean, corrupted == null ? clean.scores() : corrupted, most);
            }
        }
    }

    private boolean ranksByCorruptedRun() {
        return query.runs.ablation() == null && !query.runs.isNoising();
    }

    /** Scores by gradients of the corrupted run: {@code [sender · receiver]}. */
    private float[] corruptedScores() {
        try (EdgePatching patching = new EdgePatching(session, "model", inputs, query.runs);
                EdgePatching.ScoredEdges scoredEdges = patching.score(query.steps, this::scored)) {
            return scoredEdges.scores();
        }
    }

    private Answer answer(EdgePatching patching, EdgePatching.ScoredEdges scoredEdges, float[] scores, int most) {
        List<Integer> order = CircuitSearch.strongestFirst(patching.graph(), scores);
        CircuitSearch search = new CircuitSearch(scoredEdges, patching.graph(), order, patching.rowsPerBatch());
        search.tryAll(List.of(0, most));
        double empty = search.metric(0);
        double difference = scoredEdges.baseMetric() - empty;
        boolean dryRun = session.dryRunCosts() != null; // all metrics are 0 then
        if (Math.abs(difference) <= EQUAL_METRICS * (1 + Math.abs(empty)) && !dryRun) {
            throw new BadSelection("metric", "is " + empty + " in both runs, so there is no difference to explain");
        }
        int size = search.fewest(
                most,
                (n, metric) -> dryRun ? n == most : (metric - empty) / difference >= query.share,
                (above, atMost) -> listener.reached(
                        CircuitProgress.search(session.model().id(), scoredEdges.ablatedRunCount(), above, atMost)));
        Circuit circuit = search.circuit(size);
        double rest = scoredEdges.metrics(List.of(circuit.complement()))[0];
        CircuitMetrics metrics = new CircuitMetrics(scoredEdges.baseMetric(), empty, search.metric(size), rest);
        List<String> warnings = new ArrayList<>(patching.warnings(inputs));
        if (metrics.faithfulness() < query.share) {
            warnings.add("the " + size + " strongest edges keep less than the requested share of the metric");
        }
        List<Edge> edges = new CircuitNames(circuit).edges(order, scores);
        return answer(patching, circuit, edges, metrics, work(scoredEdges.ablatedRunCount()), warnings);
    }

    private Work work(long ablatedRuns) {
        int sources = query.runs.ablation() == null ? 1 : 0;
        return new Work(backwardPasses() + (ranksByCorruptedRun() ? 2L : 1L) * sources, backwardPasses(), ablatedRuns);
    }

    private int backwardPasses() {
        return ranksByCorruptedRun() ? query.steps + 1 : query.steps;
    }

    private void scored() {
        listener.reached(CircuitProgress.scores(session.model().id(), ++scoredRuns, backwardPasses()));
    }

    private Answer answer(
            EdgePatching patching,
            Circuit circuit,
            List<Edge> edges,
            CircuitMetrics metrics,
            Work work,
            List<String> warnings) {
        return new Answer(
                session.model().id(),
                patching.measured(),
                new CircuitNames(circuit).nodes(),
                edges,
                patching.graph().edgeCount(),
                query.share,
                metrics.faithfulness(),
                metrics.completeness(),
                metrics.full(),
                metrics.empty(),
                metrics.circuit(),
                metrics.complement(),
                Session.boxed(patching.baseInput().ids()),
                patching.baseInput().tokens(),
                work,
                query.runs.ablation() == Ablation.RESAMPLE ? query.runs.seed() : null,
                patching.interventionRun().seeds(),
                session.provenance(inputs),
                warnings);
    }
}
