package dev.headlight.interp.circuits;

import dev.headlight.interp.intervene.Ablation;
import dev.headlight.interp.patching.AtpGrid;
import dev.headlight.interp.patching.AttributionPatching;
import dev.headlight.interp.patching.CleanCorrupted;
import dev.headlight.interp.patching.SweepGrid;
import dev.headlight.interp.session.Session;
import dev.headlight.model.text.Encoded;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Edge attribution patching (EAP): estimates, to first order, how patching each edge of the model's computational graph
 * changes a metric; with several steps, EAP with integrated gradients (EAP-IG).
 *
 * @see EapScores
 * @see <a href="https://arxiv.org/abs/2310.10348">Syed, Rager and Conmy, 2023, EAP</a>
 * @see <a href="https://arxiv.org/abs/2403.17806">Hanna, Pezzelle and Belinkov, 2024, EAP-IG</a>
 */
public final class EdgeAttribution {
    private static final int BYTES_PER_NAME = 18;

    private EdgeAttribution() {}

    /**
     * A request to estimate every edge.
     *
     * @param runs the two runs that edges are patched between
     * @param steps how many runs the gradients are averaged over: 1 for EAP, more for EAP-IG
     * @param exact how many of the strongest edges are also patched; null for none
     */
    public record Query(
            CleanCorrupted runs, int steps, @Nullable Integer exact) {}

    /**
     * Estimates every edge; also its dry run.
     *
     * @param inputs clean and corrupted, or the one that is ablated
     * @throws dev.headlight.model.fault.BadSelection if the model or an input does not allow the query; nothing is run then
     */
    public static AttributionPatching.Answer compute(Session session, List<Encoded> inputs, Query query) {
        CleanCorrupted runs = query.runs;
        AttributionPatching.requireGradients(runs.metric(), query.steps, runs.ablation());
        try (EdgePatching patching = new EdgePatching(session, "over", inputs, runs)) {
            CircuitGraph graph = patching.graph();
            AtpGrid.requireExact(query.exact, graph.edgeCount());
            requireAnswer(session, graph, patching.baseInput(), query);
            try (EdgePatching.ScoredEdges scoredEdges = patching.score(query.steps, () -> {})) {
                return answer(session, inputs, query, patching, scoredEdges);
            }
        }
    }

    private static void requireAnswer(Session session, CircuitGraph graph, Encoded baseInput, Query query) {
        boolean normalised = query.runs.ablation() == null;
        long noEdges = (long) graph.senders() * graph.receivers() - graph.edgeCount();
        session.addAnswerSize(
                "over",
                AtpGrid.size(session, query.exact, graph.edgeCount(), normalised)
                        .masked(normalised ? 2 * noEdges : noEdges)
                        .inputs(List.of(baseInput))
                        .text((long) BYTES_PER_NAME * (graph.senders() + graph.receivers())));
    }

    private static AttributionPatching.Answer answer(
            Session session,
            List<Encoded> inputs,
            Query query,
            EdgePatching patching,
            EdgePatching.ScoredEdges scoredEdges) {
        CircuitGraph graph = patching.graph();
        CleanCorrupted runs = query.runs;
        AtpGrid estimates = estimate(graph, scoredEdges);
        List<AttributionPatching.Exact> exact =
                query.exact == null ? null : estimates.exact(query.exact, cells -> patched(graph, scoredEdges, cells));
        List<String> warnings = new ArrayList<>(patching.warnings(inputs));
        warnings.addAll(estimates.warnings());
        boolean noising = runs.isNoising();
        String[] dims = {SweepGrid.Axis.SENDER.toString(), SweepGrid.Axis.RECEIVER.toString()};
        int sources = runs.ablation() == null ? 1 : 0;
        long tokenLayers = scoredEdges.ablatedRunCount() * patching.baseInput().length() * graph.layers();
        return new AttributionPatching.Answer(
                session.model().id(),
                patching.measured(),
                estimates.tensor(session, dims),
                estimates.clean(noising),
                estimates.corrupted(noising),
                estimates.baseline(),
                estimates.normalised(session, dims),
                exact,
                null,
                graph.senderNames(),
                graph.receiverNames(),
                new AttributionPatching.Work(query.steps + sources, query.steps, tokenLayers),
                runs.ablation() == Ablation.RESAMPLE ? runs.seed() : null,
                patching.interventionRun().seeds(),
                session.provenance(inputs),
                warnings);
    }

    private static AtpGrid estimate(CircuitGraph graph, EdgePatching.ScoredEdges scoredEdges) {
        float[] scores = scoredEdges.scores();
        return new AtpGrid(
                IntStream.range(0, scores.length).mapToDouble(i -> scores[i]).toArray(),
                new long[] {graph.senders(), graph.receivers()},
                scoredEdges.baseMetric(),
                scoredEdges.sourceMetric());
    }

    /** The metric with each of these edges alone patched, at its index in the grid: {@code [sender · receiver]}. */
    private static double[] patched(CircuitGraph graph, EdgePatching.ScoredEdges scoredEdges, int[] cells) {
        List<BitSet> circuits = new ArrayList<>();
        for (int cell : cells) {
            BitSet unpatched = graph.allEdges();
            unpatched.clear(cell);
            circuits.add(unpatched);
        }
        double[] metrics = scoredEdges.metrics(circuits);
        double[] grid = new double[graph.senders() * graph.receivers()];
        for (int i = 0; i < cells.length; i++) {
            grid[cells[i]] = metrics[i];
        }
        return grid;
    }
}
