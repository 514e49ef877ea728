package dev.headlight.interp;

import dev.headlight.model.Encoded;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What each edge carries of the difference between two runs, to first order.
 *
 * @see EdgeScores
 */
public final class EdgeAttribution {
    private static final int BYTES_PER_NAME = 18;

    private EdgeAttribution() {}

    /**
     * @param steps how many runs gradients are averaged over: 1 for edge attribution patching, more for that with
     *     integrated gradients
     * @param exact how many of the strongest edges are patched too; null for none
     */
    public record Query(
            Contrast contrast, int steps, @Nullable Integer exact) {}

    /**
     * @param inputs clean and corrupted, or the one that is ablated
     * @throws dev.headlight.model.BadSelection for whatever the model or an input rules out, before anything is run
     */
    public static AttributionPatching.Answer compute(Session session, List<Encoded> inputs, Query query) {
        Contrast contrast = query.contrast;
        AttributionPatching.requireSlope(contrast.metric(), query.steps, contrast.ablation());
        try (EdgeStudy study = new EdgeStudy(session, "over", inputs, contrast)) {
            Edges edges = study.edges();
            Estimated.requireExact(query.exact, edges.count());
            requireAnswer(session, edges, study.target(), query);
            try (EdgeStudy.Runs runs = study.run(query.steps)) {
                return answer(session, inputs, query, study, runs);
            }
        }
    }

    private static void requireAnswer(Session session, Edges edges, Encoded target, Query query) {
        long cells = (long) edges.senders() * edges.receivers();
        session.answers(
                "over",
                Estimated.size(session, query.exact, cells, query.contrast.ablation() == null)
                        .inputs(List.of(target))
                        .text((long) BYTES_PER_NAME * (edges.senders() + edges.receivers())));
    }

    private static AttributionPatching.Answer answer(
            Session session, List<Encoded> inputs, Query query, EdgeStudy study, EdgeStudy.Runs runs) {
        Edges edges = study.edges();
        Contrast contrast = query.contrast;
        Estimated found = estimated(edges, runs);
        List<AttributionPatching.Exact> exact =
                query.exact == null ? null : found.exact(query.exact, cells -> patched(edges, runs, cells));
        List<String> warnings = new ArrayList<>(study.altered().warnings());
        warnings.addAll(found.warnings());
        boolean noising = contrast.isNoising();
        String[] dims = {Grid.Axis.SENDER.toString(), Grid.Axis.RECEIVER.toString()};
        int sources = contrast.ablation() == null ? 1 : 0;
        long tokenLayers = runs.rows() * study.target().length() * edges.layers();
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
                study.altered().seeds(),
                session.provenance(inputs),
                warnings);
    }

    private static Estimated estimated(Edges edges, EdgeStudy.Runs runs) {
        float[] scores = runs.scores();
        return new Estimated(
                IntStream.range(0, scores.length).mapToDouble(i -> scores[i]).toArray(),
                new long[] {edges.senders(), edges.receivers()},
                runs.targetMetric(),
                runs.sourceMetric());
    }

    /** The metric with each of these edges alone carrying the source's value. */
    private static double[] patched(Edges edges, EdgeStudy.Runs runs, int[] cells) {
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
