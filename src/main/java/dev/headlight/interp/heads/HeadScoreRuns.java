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

/** The runs of one request for head scores, and the scores that they give. */
final class HeadScoreRuns {
    private final Session session;
    private final HookedModel model;
    private final HeadScores.Query query;
    private final InterventionRun altered;
    private final PatternScores patterns;

    /** Nothing is run yet. */
    HeadScoreRuns(Session session, HeadScores.Query query, InterventionRun altered) {
        this.session = session;
        this.model = session.model();
        this.query = query;
        this.altered = altered;
        ModelInfo info = model.info();
        this.patterns =
                new PatternScores(info.nLayers(), info.nHeads(), query.scores().scores());
    }

    /**
     * Runs inputs and adds the attention of each to some scores.
     *
     * @param repeats what the inputs consist of; null for any tokens
     */
    void run(List<Encoded> inputs, @Nullable RepeatedTokens repeats, Set<HeadScoreKind> scores) {
        if (scores.isEmpty()) {
            return;
        }
        long held = 6L * model.info().nHeads(); // float64 copies of the patterns
        for (Session.Batch batch : session.batches(inputs, n -> held * n * n + session.values(altered.held(), n))) {
            try (NDManager scratch = session.newManager()) {
                Hooks reader = patterns.on(batch.rows().size(), batch.length(), repeats, scores);
                model.forwardTo(
                        batch.ids(scratch), altered.on(scratch, batch.rows()).then(reader));
            }
        }
    }

    /**
     * The value of every chosen score, after all runs.
     *
     * @param inputs those of the request; the first is run again for name movers
     * @return [layer · head] by the name of the tensor
     */
    Map<String, float[]> values(List<Encoded> inputs) {
        Map<String, float[]> values = new LinkedHashMap<>();
        for (HeadScoreKind score : query.scores().scores()) {
            switch (score) {
                case COPYING -> values.put(score.toString(), CopyingScores.of(session));
                case NAME_MOVER -> {
                    int answer = Objects.requireNonNull(query.answer());
                    NameMovers movers = NameMovers.of(session, altered, inputs.get(0), answer, query.foil());
                    List<String> names = score.tensors();
                    values.put(names.get(0), movers.product());
                    values.put(names.get(1), movers.attention());
                    values.put(names.get(2), movers.logit());
                }
                default -> values.put(score.toString(), patterns.mean(score));
            }
        }
        return values;
    }
}
