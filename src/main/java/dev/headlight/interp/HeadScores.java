package dev.headlight.interp;

import ai.djl.ndarray.NDManager;
import dev.headlight.model.BadSelection;
import dev.headlight.model.Encoded;
import dev.headlight.model.HookedModel;
import dev.headlight.model.Hooks;
import dev.headlight.model.ModelInfo;
import dev.headlight.model.Provenance;
import dev.headlight.tensor.Ledger;
import dev.headlight.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What every head is like, by the scores that the literature knows heads by. */
public final class HeadScores {
    /**
     * @param scores see {@link HeadChoice}
     * @param topK how many heads are listed; null for 10, or for all where there are fewer
     * @param answer token id, for the name movers; null for none, as for the foil
     * @param addSpecialTokens for texts in actions
     */
    public record Query(
            HeadChoice scores,
            Repeats repeats,
            @Nullable Integer topK,
            @Nullable Integer answer,
            @Nullable Integer foil,
            List<Intervention> interventions,
            boolean addSpecialTokens) {}

    /** @param score null where it is not finite */
    public record Head(int layer, int head, @Nullable Float score) {}

    /**
     * @param scores [layer, head] of each
     * @param top of each the heads with the largest, largest first
     * @param sequenceLength tokens of the repeated block; {@code sequences} and {@code seed} are those of the random tokens too
     * @param seeds of each intervention, in order; null where it draws nothing
     */
    public record Answer(
            String model,
            Map<String, Tensor> scores,
            Map<String, List<Head>> top,
            int sequenceLength,
            int sequences,
            long seed,
            List<@Nullable Long> seeds,
            Provenance provenance,
            List<String> warnings)
            implements Analysis {}

    private static final int BYTES_PER_HEAD = 38; // of JSON, about
    private static final int BYTES_PER_SCORE = 10;

    private final Session session;
    private final HookedModel model;
    private final ModelInfo info;
    private final Query query;
    private final Set<HeadScore> chosen;
    private final int heads; // of all layers
    private final int topK;

    private HeadScores(Session session, Query query) {
        this.session = session;
        this.model = session.model();
        this.info = model.info();
        this.query = query;
        this.chosen = query.scores.scores();
        this.heads = info.nLayers() * info.nHeads();
        this.topK = Selection.topK("top_k", query.topK, heads);
        if (chosen.equals(Set.of(HeadScore.COPYING)) && !query.interventions.isEmpty()) {
            throw new BadSelection("interventions", "alter no weights, and copying is read off these alone");
        }
    }

    /**
     * All of it; rehearsed as it is, but for what is done on the heap.
     *
     * @param inputs none or more; the name movers are of exactly one
     * @throws BadSelection for whatever the model or an input rules out, before anything is run
     */
    public static Answer compute(Session session, List<Encoded> inputs, Query query) {
        return new HeadScores(session, query).answer(inputs);
    }

    private Answer answer(List<Encoded> inputs) {
        requireAnswer();
        Set<HeadScore> anything = those(HeadScore::ofAnything);
        Set<HeadScore> ofRepeats = those(HeadScore::ofRepeats);
        if (inputs.isEmpty()) {
            ofRepeats.addAll(anything);
            anything = Set.of();
        } else if (chosen.contains(HeadScore.FIRST_TOKEN) && inputs.stream().allMatch(i -> i.length() == 1)) {
            throw new BadSelection("input", "has 1 token, and first_token needs another that attends to the first");
        }
        List<Encoded> repeats = ofRepeats.isEmpty() ? List.of() : query.repeats.draw(session);
        Map<String, float[]> values = new LinkedHashMap<>();
        List<String> warnings = new ArrayList<>(query.scores.warnings());
        try (Altered altered = new Altered(session, query.interventions, query.addSpecialTokens)) {
            altered.check(Stream.concat(repeats.stream(), inputs.stream()).toList());
            PatternScores patterns = new PatternScores(info.nLayers(), info.nHeads(), chosen);
            run(altered, patterns, repeats, query.repeats, ofRepeats);
            run(altered, patterns, inputs, null, anything);
            chosen.forEach(score -> add(values, score, altered, patterns, inputs));
            warnings.addAll(altered.warnings());
            return answered(values, altered, inputs, warnings);
        }
    }

    private Set<HeadScore> those(Predicate<HeadScore> such) {
        return chosen.stream().filter(such).collect(Collectors.toCollection(() -> EnumSet.noneOf(HeadScore.class)));
    }

    private void run(
            Altered altered,
            PatternScores patterns,
            List<Encoded> inputs,
            @Nullable Repeats repeats,
            Set<HeadScore> scores) {
        if (scores.isEmpty()) {
            return;
        }
        long held = 6L * info.nHeads(); // what a score is read off with, float64
        for (Session.Batch batch : session.batches(inputs, n -> held * n * n + session.values(altered.held(), n))) {
            try (NDManager scratch = session.newManager()) {
                Hooks reader = patterns.on(batch.rows().size(), batch.length(), repeats, scores);
                model.forwardTo(
                        batch.ids(scratch), altered.on(scratch, batch.rows()).then(reader));
            }
        }
    }

    private void add(
            Map<String, float[]> values,
            HeadScore score,
            Altered altered,
            PatternScores patterns,
            List<Encoded> inputs) {
        switch (score) {
            case COPYING -> values.put(score.toString(), copying());
            case NAME_MOVER -> {
                int answer = Objects.requireNonNull(query.answer);
                NameMovers movers = NameMovers.of(session, altered, inputs.get(0), answer, query.foil);
                List<String> names = score.tensors();
                values.put(names.get(0), movers.product());
                values.put(names.get(1), movers.attention());
                values.put(names.get(2), movers.logit());
            }
            default -> values.put(score.toString(), patterns.mean(score));
        }
    }

    private float[] copying() {
        float[] scores = new float[heads];
        try (NDManager scratch = session.newManager()) {
            model.weightReader().ovCircuits(scratch, (matrices, layer) -> {
                if (Ledger.has(matrices)) {
                    return; // eigenvalues are found on the heap
                }
                double[] all = matrices.toDoubleArray();
                int width = info.dHead();
                for (int head = 0; head < info.nHeads(); head++) {
                    int from = head * width * width;
                    scores[layer * info.nHeads() + head] =
                            (float) Eigenvalues.positivity(Arrays.copyOfRange(all, from, from + width * width), width);
                }
            });
        }
        return scores;
    }

    private Answer answered(Map<String, float[]> values, Altered altered, List<Encoded> inputs, List<String> warnings) {
        Map<String, Tensor> scores = new LinkedHashMap<>();
        Map<String, List<Head>> top = new LinkedHashMap<>();
        long[] shape = {info.nLayers(), info.nHeads()};
        values.forEach((name, of) -> {
            scores.put(name, session.kept().keep(of, shape, "layer", "head"));
            top.put(name, top(of));
            if (!allFinite(of)) {
                warnings.add(name + " of some heads is not finite, and so null");
            }
        });
        return new Answer(
                model.id(),
                scores,
                top,
                query.repeats.length(),
                query.repeats.count(),
                query.repeats.seed(),
                altered.seeds(),
                session.provenance(inputs),
                warnings);
    }

    private static boolean allFinite(float[] values) {
        for (float value : values) {
            if (!Float.isFinite(value)) {
                return false;
            }
        }
        return true;
    }

    private List<Head> top(float[] values) {
        double[] wide = new double[values.length];
        Arrays.setAll(wide, i -> values[i]);
        return TopK.of(wide, topK).stream()
                .map(i -> new Head(i / info.nHeads(), i % info.nHeads(), Float.isFinite(values[i]) ? values[i] : null))
                .toList();
    }

    private void requireAnswer() {
        AnswerSize size = session.answerSize().inputs(List.of());
        for (HeadScore score : chosen) {
            for (String name : score.tensors()) {
                size.tensor(heads).text(2L * name.length() + BYTES_PER_SCORE + (long) topK * BYTES_PER_HEAD);
            }
        }
        session.answers("scores", size);
    }
}
