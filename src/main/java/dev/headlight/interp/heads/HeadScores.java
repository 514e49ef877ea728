package dev.headlight.interp.heads;

import dev.headlight.interp.intervene.Intervention;
import dev.headlight.interp.intervene.InterventionRun;
import dev.headlight.interp.metric.Measured;
import dev.headlight.interp.metric.TopK;
import dev.headlight.interp.session.AnalysisAnswer;
import dev.headlight.interp.session.AnswerSize;
import dev.headlight.interp.session.Selection;
import dev.headlight.interp.session.Session;
import dev.headlight.model.ModelInfo;
import dev.headlight.model.Provenance;
import dev.headlight.model.fault.BadSelection;
import dev.headlight.model.text.Encoded;
import dev.headlight.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Scores every head by measures from the literature: how much it attends to the previous token, continues a repetition
 * (induction), copies what it reads, and others. {@link HeadScoreKind} defines each score and names its source.
 *
 * @see <a href="https://arxiv.org/abs/2209.11895">Olsson et al., 2022, induction heads</a>
 * @see <a href="https://transformer-circuits.pub/2021/framework/index.html">Elhage et al., 2021, copying</a>
 * @see <a href="https://arxiv.org/abs/2211.00593">Wang et al., 2022, name movers</a>
 */
public final class HeadScores {
    /**
     * The scores to compute.
     *
     * @param scores the chosen scores, see {@link HeadScoreChoice}
     * @param repeats the repeated random tokens that some scores are measured on
     * @param topK how many heads are listed per score; null for 10, or for all if there are fewer
     * @param answer token id, for name movers; null for none
     * @param foil token id that the answer is compared with; null for none
     * @param interventions applied to every run
     * @param addSpecialTokens whether texts in interventions get special tokens
     */
    public record Query(
            HeadScoreChoice scores,
            RepeatedTokens repeats,
            @Nullable Integer topK,
            @Nullable Integer answer,
            @Nullable Integer foil,
            List<Intervention> interventions,
            boolean addSpecialTokens) {}

    /**
     * One head and its score.
     *
     * @param score null if it is not finite
     */
    public record Head(int layer, int head, @Nullable Float score) {}

    /**
     * The answer.
     *
     * @param measured the position and the tokens of name movers; null without them
     * @param scores one tensor {@code [layer, head]} per name of {@link HeadScoreKind#tensors}
     * @param top the heads with the largest values of each score, in descending order
     * @param sequenceLength tokens of one copy of the repeated random tokens
     * @param sequences how many inputs of repeated random tokens
     * @param seed seed of the random tokens
     * @param seeds one per intervention, in order; null for an intervention without randomness
     */
    public record Answer(
            String model,
            @Nullable Measured measured,
            Map<String, Tensor> scores,
            Map<String, List<Head>> top,
            int sequenceLength,
            int sequences,
            long seed,
            List<@Nullable Long> seeds,
            Provenance provenance,
            List<String> warnings)
            implements AnalysisAnswer {}

    private static final int BYTES_PER_HEAD = 38; // of JSON, approximately
    private static final int BYTES_PER_SCORE = 10;

    private final Session session;
    private final ModelInfo info;
    private final Query query;
    private final Set<HeadScoreKind> chosen;
    private final int heads; // in all layers
    private final int topK;

    private HeadScores(Session session, Query query) {
        this.session = session;
        this.info = session.model().info();
        this.query = query;
        this.chosen = query.scores.scores();
        this.heads = info.nLayers() * info.nHeads();
        this.topK = Selection.topK("top_k", query.topK, heads);
        if (chosen.equals(Set.of(HeadScoreKind.COPYING)) && !query.interventions.isEmpty()) {
            throw new BadSelection(
                    "interventions", "do not change weights, and copying is computed from weights alone");
        }
    }

    /**
     * Computes the chosen scores; also their dry run.
     *
     * @param inputs may be empty; name movers need exactly one
     * @throws BadSelection if the model or an input does not allow the query; no input has run then
     */
    public static Answer compute(Session session, List<Encoded> inputs, Query query) {
        return new HeadScores(session, query).answer(inputs);
    }

    private Answer answer(List<Encoded> inputs) {
        requireAnswer();
        Set<HeadScoreKind> onInputs = chosen(HeadScoreKind::takesAnyTokens);
        Set<HeadScoreKind> onRepeats = chosen(HeadScoreKind::needsRepeats);
        if (inputs.isEmpty()) {
            onRepeats.addAll(onInputs);
            onInputs = Set.of();
        } else if (chosen.contains(HeadScoreKind.FIRST_TOKEN) && inputs.stream().allMatch(i -> i.length() == 1)) {
            throw new BadSelection(
                    "input", "has 1 token, and first_token needs another token that attends to the first");
        }
        List<Encoded> repeats = onRepeats.isEmpty() ? List.of() : query.repeats.draw(session);
        List<String> warnings = new ArrayList<>(query.scores.warnings());
        try (InterventionRun interventionRun =
                new InterventionRun(session, query.interventions, query.addSpecialTokens)) {
            interventionRun.check(
                    Stream.concat(repeats.stream(), inputs.stream()).toList());
            HeadScoreRuns runs = new HeadScoreRuns(session, query, interventionRun);
            runs.run(repeats, query.repeats, onRepeats);
            runs.run(inputs, null, onInputs);
            Map<String, float[]> values = runs.values(inputs);
            warnings.addAll(interventionRun.warnings());
            return answered(values, interventionRun, inputs, warnings);
        }
    }

    private Set<HeadScoreKind> chosen(Predicate<HeadScoreKind> condition) {
        return chosen.stream()
                .filter(condition)
                .collect(Collectors.toCollection(() -> EnumSet.noneOf(HeadScoreKind.class)));
    }

    private Answer answered(
            Map<String, float[]> values, InterventionRun interventionRun, List<Encoded> inputs, List<String> warnings) {
        Map<String, Tensor> scores = new LinkedHashMap<>();
        Map<String, List<Head>> top = new LinkedHashMap<>();
        Measured measured = null;
        if (chosen.contains(HeadScoreKind.NAME_MOVER)) {
            int position = NameMovers.position(session.model(), inputs.get(0));
            measured = Measured.of(session.model(), position, query.answer, query.foil);
            warnings.addAll(measured.spaceWarnings(session, inputs.get(0)));
        }
        long[] shape = {info.nLayers(), info.nHeads()};
        values.forEach((name, of) -> {
            scores.put(name, session.memory().keep(of, shape, "layer", "head"));
            top.put(name, top(of));
            if (IntStream.range(0, of.length).anyMatch(i -> !Float.isFinite(of[i]))) {
                warnings.add(name + " of some heads is not finite and therefore null");
            }
        });
        return new Answer(
                session.model().id(),
                measured,
                scores,
                top,
                query.repeats.length(),
                query.repeats.count(),
                query.repeats.seed(),
                interventionRun.seeds(),
                session.provenance(inputs),
                warnings);
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
        for (HeadScoreKind score : chosen) {
            for (String name : score.tensors()) {
                size.tensor(heads).text(2L * name.length() + BYTES_PER_SCORE + (long) topK * BYTES_PER_HEAD);
            }
        }
        session.addAnswerSize("scores", size);
    }
}
