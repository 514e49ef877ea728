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
     * The edges to estimate: all.
     *
     * @param contrast the two runs
     * @param steps how many runs the gradients are averaged over: 1 for EAP, more for EAP-IG
     * @param exact how many of the strongest edges are also patched; null for none
     */
    public record Query(
            CleanCorrupted inputs, int steps, @Nullable Integer exact) {}

    /**
     * Estimates every edge; also its dry run.
     *
     * @param inputs clean and corrupted, or the one that is ablated
     * @throws dev.headlight.model.fault.BadSelection if the model or an input does not allow the query; nothing is run then
     */
    public static AttributionPatching.Answer compute(Session session, List<Encoded> inputs, Query query) {
        CleanCorrupted contrast = query.inputs;
        AttributionPatching.requireGradients(contrast.metric(), query.steps, contrast.ablation());
        try (EdgePatching study = new EdgePatching(session, "over", inputs, contrast)) {
            CircuitGraph edges = study.edges();
            AtpGrid.requireExact(query.exact, edges.count());
            requireAnswer(session, edges, study.baseRun(), query);
            try (EdgePatching.Runs runs = study.run(query.steps)) {
                return answer(session, inputs, query, study, runs);
            }
        }
    }

    private static void requireAnswer(Session session, CircuitGraph edges, Encoded target, Query query) {
        boolean normalised = query.inputs.ablation() == null;
        long noEdges = (long) edges.senders() * edges.receivers() - edges.count();
        session.addAnswerSize(
                "over",
                AtpGrid.size(session, query.exact, edges.count(), normalised)
                        .masked(normalised ? 2 * noEdges : noEdges)
                        .inputs(List.of(target))
                        .text((long) BYTES_PER_NAME * (edges.senders() + edges.receivers())));
    }

    private static AttributionPatching.Answer answer(
            Session session, List<Encoded> inputs, Query query, EdgePatching study, EdgePatching.Runs runs) {
        CircuitGraph edges = study.edges();
        CleanCorrupted contrast = query.inputs;
        AtpGrid found = estimated(edges, runs);
        List<AttributionPatching.Exact> exact =
                query.exact == null ? null : found.exact(query.exact, cells -> patched(edges, runs, cells));
        List<String> warnings = new ArrayList<>(study.interventionRun().warnings());
        warnings.addAll(found.warnings());
        boolean noising = contrast.isNoising();
        String[] dims = {SweepGrid.Axis.SENDER.toString(), SweepGrid.Axis.RECEIVER.toString()};
        int sources = contrast.ablation() == null ? 1 : 0;
        long tokenLayers = runs.rows() * study.baseRun().length() * edges.layers();
        return new AttributionPatching.Answer(
                session.model().id(),
                found.kept(session, dims),
                found.clean(noising),
                found.corrupted(noising),
                found.baseline(),
                found.normalised(session, dims),
                exact,
                null,
                edges.senderNames(),
                edges.receiverNames(),
                new AttributionPatching.Work(query.steps + sources, query.steps, tokenLayers),
                contrast.ablation() == Ablation.RESAMPLE ? contrast.seed() : null,
                study.interventionRun().seeds(),
                session.provenance(inputs),
                warnings);
    }

    private static AtpGrid estimated(CircuitGraph edges, EdgePatching.Runs runs) {
        float[] scores = runs.scores();
        return new AtpGrid(
                IntStream.range(0, scores.length).mapToDouble(i -> scores[i]).toArray(),
                new long[] {edges.senders(), edges.receivers()},
                runs.targetMetric(),
                runs.sourceMetric());
    }

    /** The metric with each of these edges alone patched, at its index in the grid [sender · receiver]. */
    private static double[] patched(CircuitGraph edges, EdgePatching.Runs runs, int[] cells) {
        List<BitSet> circuits = new ArrayList<>();
        for (int cell : cells) {
            BitSet others = edges.all();
            others.clear(cell);
            circuits.add(others);
        }
        double[] metrics = runs.measure(circuits);
        double[] grid = new double[edges.senders() * edges.receivers()];
        for (int i = 0; i < cells.length; i++) {
            grid[cells[i]] = metrics[i];
        }
        return grid;
    }
}
