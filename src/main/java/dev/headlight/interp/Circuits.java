package dev.headlight.interp;

import dev.headlight.model.BadSelection;
import dev.headlight.model.Encoded;
import dev.headlight.model.Provenance;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The smallest subgraph found that keeps a share of what a metric differs by between two runs: its strongest edges by
 * {@link EdgeScores}, as many as it takes with all others carrying what they carry in the other run.
 *
 * <p>With m(C) the metric when only the edges of C carry what they do in the clean run, m(all) that of the clean run and
 * m(none) that of the corrupted run, the faithfulness of C is (m(C) - m(none)) / (m(all) - m(none)), and its completeness
 * that of all edges but C: near 0 where nothing outside does the same.
 *
 * @see <a href="https://arxiv.org/abs/2211.00593">Wang et al., 2022, section 4, for faithfulness and completeness</a>
 * @see <a href="https://arxiv.org/abs/2403.17806">Hanna, Pezzelle and Belinkov, 2024, for the search</a>
 * @see <a href="https://arxiv.org/abs/2403.19647">Marks et al., 2024, section 4, for completeness as a share</a>
 */
public final class Circuits {
    /**
     * @param contrast whose direction says which run's gradients edges are ranked by
     * @param steps how many runs gradients are averaged over
     * @param share of the metric that is to be kept, above 0 and up to 1
     * @param edgesMax null for all
     */
    public record Query(
            Contrast contrast,
            int steps,
            double share,
            @Nullable Integer edgesMax) {}

    /**
     * A part of the model.
     *
     * @param kind {@code embedding}, {@code head}, {@code mlp} or {@code logits}
     * @param layer null for the embedding and the logits
     * @param head null but for heads
     * @param inputs those of its receivers that an edge of the circuit goes to
     */
    public record Node(
            String id,
            String kind,
            @Nullable Integer layer,
            @Nullable Integer head,
            List<String> inputs) {}

    /** @param score the estimated change of the metric where the edge is patched from the other run */
    public record Edge(String from, String to, double score) {}

    /** @param ablatedRuns runs of the whole model with some edges cut */
    public record Work(long forwardPasses, long backwardPasses, long ablatedRuns) {}

    /**
     * @param edges strongest first
     * @param edgeCount all that the model has
     * @param faithfulness the share of the metric that the circuit keeps
     * @param completeness the share that all edges but those keep
     * @param full the metric of the run itself
     * @param empty the metric with every edge cut
     * @param circuit the metric with all edges cut but those of the circuit
     * @param complement the metric with the edges of the circuit cut
     * @param seed of a resampling; null for what draws nothing
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
            implements Analysis {}

    private static final double SAME = 1e-6; // of float32 runs
    private static final int BYTES_PER_EDGE = 75; // of JSON, about
    private static final int BYTES_OF_REST = 600;
    private static final int TYPICAL = 5; // one edge of so many is kept, where the answer's size is not known

    private final Session session;
    private final List<Encoded> inputs;
    private final Query query;

    private Circuits(Session session, List<Encoded> inputs, Query query) {
        this.session = session;
        this.inputs = inputs;
        this.query = query;
    }

    /**
     * @param inputs clean and corrupted, or the one that is ablated
     * @throws BadSelection for whatever the model or an input rules out, before anything is run, and for two runs of one
     *     metric
     */
    public static Answer compute(Session session, List<Encoded> inputs, Query query) {
        AttributionPatching.requireSlope(query.contrast.metric(), query.steps, query.contrast.ablation());
        if (!(query.share > 0 && query.share <= 1)) {
            throw new BadSelection("share", query.share, "must be above 0 and at most 1");
        }
        return new Circuits(session, inputs, query).answer();
    }

    private Answer answer() {
        Contrast cut = query.contrast.into(Patch.Direction.NOISING);
        try (EdgeStudy study = new EdgeStudy(session, "model", inputs, cut)) {
            Edges edges = study.edges();
            int count = edges.count();
            int most = query.edgesMax == null ? count : query.edgesMax;
            if (most < 1 || most > count) {
                throw new BadSelection("edges_max", most, "must be 1.." + count + ", the edges of the model");
            }
            session.answers(
                    "edges_max",
                    session.answerSize()
                            .inputs(List.of(study.target()))
                            .text(BYTES_OF_REST + (long) BYTES_PER_EDGE * Math.min(most, count / TYPICAL)));
            float[] ranking = ranksByCorruptedRun() ? corruptedScores() : null;
            try (EdgeStudy.Runs runs = study.run(ranking == null ? query.steps : 1)) {
                return answer(study, runs, ranking == null ? runs.scores() : ranking, most);
            }
        }
    }

    private boolean ranksByCorruptedRun() {
        return query.contrast.ablation() == null && !query.contrast.isNoising();
    }

    /** Scores by gradients of the corrupted run [sender · receiver]. */
    private float[] corruptedScores() {
        try (EdgeStudy study = new EdgeStudy(session, "model", inputs, query.contrast);
                EdgeStudy.Runs runs = study.run(query.steps)) {
            return runs.scores();
        }
    }

    private Answer answer(EdgeStudy study, EdgeStudy.Runs runs, float[] scores, int most) {
        Edges edges = study.edges();
        List<Integer> order = edges.all().stream()
                .boxed()
                .sorted(Comparator.comparingDouble(edge -> -Math.abs(scores[edge])))
                .toList();
        CircuitSearch search = new CircuitSearch(runs, edges, order, study.mostRows());
        search.tryAll(List.of(0, most));
        double empty = search.metric(0);
        double whole = runs.targetMetric() - empty;
        boolean dryRun = session.rehearsal() != null; // all metrics are 0 then
        if (Math.abs(whole) <= SAME * (1 + Math.abs(empty)) && !dryRun) {
            throw new BadSelection("metric", "is " + empty + " in both runs, so there is no difference to explain");
        }
        int size = search.fewest(most, (n, metric) -> dryRun ? n == most : (metric - empty) / whole >= query.share);
        Circuit circuit = search.circuit(size);
        double complement = runs.measure(List.of(circuit.complement()))[0];
        CircuitMetrics metrics = new CircuitMetrics(runs.targetMetric(), empty, search.metric(size), complement);
        List<String> warnings = new ArrayList<>(study.altered().warnings());
        if (metrics.faithfulness() < query.share) {
            warnings.add("the " + size + " strongest edges keep less than the requested share of the metric");
        }
        CircuitNames names = new CircuitNames(circuit);
        return answer(study, names.nodes(), names.edges(order, scores), metrics, work(runs.rows()), warnings);
    }

    private Work work(long ablatedRuns) {
        int sources = query.contrast.ablation() == null ? 1 : 0;
        boolean denoising = ranksByCorruptedRun();
        int passes = denoising ? query.steps + 1 : query.steps;
        return new Work(passes + (denoising ? 2L : 1L) * sources, passes, ablatedRuns);
    }

    private Answer answer(
            EdgeStudy study,
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
                Session.boxed(study.target().ids()),
                study.target().tokens(),
                work,
                query.contrast.ablation() == Ablation.RESAMPLE ? query.contrast.seed() : null,
                study.altered().seeds(),
                session.provenance(inputs),
                warnings);
    }
}
