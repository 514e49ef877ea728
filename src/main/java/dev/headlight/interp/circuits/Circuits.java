package dev.headlight.interp.circuits;

import dev.headlight.interp.intervene.Ablation;
import dev.headlight.interp.patching.AttributionPatching;
import dev.headlight.interp.patching.CleanCorrupted;
import dev.headlight.interp.patching.SweepQuery;
import dev.headlight.interp.session.AnalysisAnswer;
import dev.headlight.interp.session.Session;
import dev.headlight.model.Provenance;
import dev.headlight.model.fault.BadSelection;
import dev.headlight.model.text.Encoded;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds a small circuit: edges are added, strongest first by {@link EapScores}, until the circuit keeps a share of the
 * difference in a metric between two runs, while all other edges carry their values of the other run.
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
     * @param contrast the two runs; its direction chooses the run whose gradients rank the edges
     * @param steps how many runs the gradients are averaged over
     * @param share of the metric that the circuit must keep, above 0 and at most 1
     * @param edgesMax the most edges of the circuit; null for all
     */
    public record Query(
            CleanCorrupted inputs,
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

    private static final double SAME = 1e-6; // relative difference of float32 runs
    private static final int BYTES_PER_EDGE = 75; // of JSON, approximately
    private static final int BYTES_OF_REST = 600;
    private static final int TYPICAL = 5; // assume that one edge in so many is kept

    private final Session session;
    private final List<Encoded> inputs;
    private final Query query;

    private Circuits(Session session, List<Encoded> inputs, Query query) {
        this.session = session;
        this.inputs = inputs;
        this.query = query;
    }

    /**
     * Finds the circuit; also its dry run.
     *
     * @param inputs clean and corrupted, or the one that is ablated
     * @throws BadSelection if the model or an input does not allow the query, before anything is run; and if both runs have
     *     the same metric
     */
    public static Answer compute(Session session, List<Encoded> inputs, Query query) {
        AttributionPatching.requireGradients(query.inputs.metric(), query.steps, query.inputs.ablation());
        if (!(query.share > 0 && query.share <= 1)) {
            throw new BadSelection("share", query.share, "must be above 0 and at most 1");
        }
        return new Circuits(session, inputs, query).answer();
    }

    private Answer answer() {
        CleanCorrupted cut = query.inputs.into(SweepQuery.Direction.NOISING);
        try (EdgePatching study = new EdgePatching(session, "model", inputs, cut)) {
            CircuitGraph edges = study.edges();
            int count = edges.count();
            int most = query.edgesMax == null ? count : query.edgesMax;
            if (most < 1 || most > count) {
                throw new BadSelection("edges_max", most, "must be 1.." + count + ", the edges of the model");
            }
            session.addAnswerSize(
                    "edges_max",
                    session.answerSize()
                            .inputs(List.of(study.baseRun()))
                            .text(BYTES_OF_REST + (long) BYTES_PER_EDGE * Math.min(most, count / TYPICAL)));
            float[] ranking = ranksByCorruptedRun() ? corruptedScores() : null;
            try (EdgePatching.Runs runs = study.run(ranking == null ? query.steps : 1)) {
                return answer(study, runs, ranking == null ? runs.scores() : ranking, most);
            }
        }
    }

    private boolean ranksByCorruptedRun() {
        return query.inputs.ablation() == null && !query.inputs.isNoising();
    }

    /** Scores by gradients of the corrupted run [sender · receiver]. */
    private float[] corruptedScores() {
        try (EdgePatching study = new EdgePatching(session, "model", inputs, query.inputs);
                EdgePatching.Runs runs = study.run(query.steps)) {
            return runs.scores();
        }
    }

    private Answer answer(EdgePatching study, EdgePatching.Runs runs, float[] scores, int most) {
        CircuitGraph edges = study.edges();
        List<Integer> order = edges.all().stream()
                .boxed()
                .sorted(Comparator.comparingDouble(edge -> -Math.abs(scores[edge])))
                .toList();
        CircuitSearch search = new CircuitSearch(runs, edges, order, study.mostRows());
        search.tryAll(List.of(0, most));
        double empty = search.metric(0);
        double whole = runs.targetMetric() - empty;
        boolean dryRun = session.dryRunCosts() != null; // all metrics are 0 then
        if (Math.abs(whole) <= SAME * (1 + Math.abs(empty)) && !dryRun) {
            throw new BadSelection("metric", "is " + empty + " in both runs, so there is no difference to explain");
        }
        int size = search.fewest(most, (n, metric) -> dryRun ? n == most : (metric - empty) / whole >= query.share);
        Circuit circuit = search.circuit(size);
        double complement = runs.measure(List.of(circuit.complement()))[0];
        CircuitMetrics metrics = new CircuitMetrics(runs.targetMetric(), empty, search.metric(size), complement);
        List<String> warnings = new ArrayList<>(study.interventionRun().warnings());
        if (metrics.faithfulness() < query.share) {
            warnings.add("the " + size + " strongest edges keep less than the requested share of the metric");
        }
        CircuitNames names = new CircuitNames(circuit);
        return answer(study, names.nodes(), names.edges(order, scores), metrics, work(runs.rows()), warnings);
    }

    private Work work(long ablatedRuns) {
        int sources = query.inputs.ablation() == null ? 1 : 0;
        boolean denoising = ranksByCorruptedRun();
        int passes = denoising ? query.steps + 1 : query.steps;
        return new Work(passes + (denoising ? 2L : 1L) * sources, passes, ablatedRuns);
    }

    private Answer answer(
            EdgePatching study,
            List<Node> nodes,
            List<Edge> circuit,
            CircuitMetrics metrics,
            Work work,
            List<String> warnings) {
        return new Answer(
                session.model().id(),
                nodes,
                circuit,
                study.edges().count(),
                query.share,
                metrics.faithfulness(),
                metrics.completeness(),
                metrics.full(),
                metrics.empty(),
                metrics.circuit(),
                metrics.complement(),
                Session.boxed(study.baseRun().ids()),
                study.baseRun().tokens(),
                work,
                query.inputs.ablation() == Ablation.RESAMPLE ? query.inputs.seed() : null,
                study.interventionRun().seeds(),
                session.provenance(inputs),
                warnings);
    }
}
