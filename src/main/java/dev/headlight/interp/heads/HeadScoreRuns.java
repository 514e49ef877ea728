package dev.headlight.interp.heads;

import ai.djl.ndarray.NDManager;
import dev.headlight.interp.intervene.InterventionRun;
import dev.headlight.interp.session.Session;
import dev.headlight.model.HookedModel;
import dev.headlight.model.ModelInfo;
import dev.headlight.model.hook.Hooks;
import dev.headlight.model.text.Encoded;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The runs of one request for head scores, and the values of its scores. */
final class HeadScoreRuns {
    private final Session session;
    private final HookedModel model;
    private final HeadScores.Query query;
    private final InterventionRun interventionRun;
    private final PatternScores patterns;

    /** The runs of a query, none of which has started. */
    HeadScoreRuns(Session session, HeadScores.Query query, InterventionRun interventionRun) {
        this.session = session;
        this.model = session.model();
        this.query = query;
        this.interventionRun = interventionRun;
        ModelInfo info = model.info();
        this.patterns =
                new PatternScores(info.nLayers(), info.nHeads(), query.scores().scores());
    }

    /**
     * Runs inputs and adds their attention to the sums of some scores.
     *
     * @param repeats the repeated random tokens that the inputs are; null for other inputs
     * @param scores the scores to measure on these inputs
     */
    void run(List<Encoded> inputs, @Nullable RepeatedTokens repeats, Set<HeadScoreKind> scores) {
        if (scores.isEmpty()) {
            return;
        }
        long perEntry = 6L * model.info().nHeads(); // float64 copies of the patterns
        for (Session.Batch batch :
                session.batches(inputs, n -> perEntry * n * n + session.values(interventionRun.held(), n))) {
            try (NDManager scratch = session.newManager()) {
                Hooks reader = patterns.on(batch.rows().size(), batch.length(), repeats, scores);
                model.forwardTo(
                        batch.ids(scratch),
                        interventionRun.on(scratch, batch.rows()).then(reader));
            }
        }
    }

    /**
     * The values of every chosen score. Call it after all runs.
     *
     * @param inputs the inputs of the request; name movers run the first again
     * @return [layer · head], by the name of the tensor
     */
    Map<String, float[]> values(List<Encoded> inputs) {
        Map<String, float[]> values = new LinkedHashMap<>();
        for (HeadScoreKind score : query.scores().scores()) {
            switch (score) {
                case COPYING -> values.put(score.toString(), CopyingScores.of(session));
                case NAME_MOVER -> {
                    int answer = Objects.requireNonNull(query.answer());
                    NameMovers nameMovers =
                            NameMovers.of(session, interventionRun, inputs.get(0), answer, query.foil());
                    List<String> names = score.tensors();
                    values.put(names.get(0), nameMovers.product());
                    values.put(names.get(1), nameMovers.attention());
                    values.put(names.get(2), nameMovers.logit());
                }
                default -> values.put(score.toString(), patterns.mean(score));
            }
        }
        return values;
    }
}
