package dev.headlight.interp.heads;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.headlight.interp.Requests;
import dev.headlight.interp.attribution.Attribution;
import dev.headlight.interp.intervene.OnGpt2;
import dev.headlight.interp.metric.Metric;
import dev.headlight.interp.session.Session;
import dev.headlight.model.HookedModel;
import dev.headlight.model.arch.RandomModels;
import dev.headlight.model.fault.BadSelection;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.Site;
import dev.headlight.model.text.Encoded;
import dev.headlight.model.text.PlainTokens;
import dev.headlight.tensor.AnswerMemory;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class HeadScoresTest extends OnGpt2 {
    private static final long SEED = 6;
    private static final RepeatedTokens TWICE_FOUR =
            new RepeatedTokens(new PlainTokens(new int[] {0}, new int[] {}, new int[] {}), 4, 1, 0);

    @TempDir
    private Path scratch;

    static List<Path> origins() {
        return RandomModels.origins();
    }

    private HeadScores.Answer scores(List<HeadScoreKind> asked, String interventions, int[]... inputs) {
        HookedModel model = f.model();
        boolean mover = asked != null && asked.contains(HeadScoreKind.NAME_MOVER);
        return HeadScores.compute(
                session,
                inputs.length == 0 ? List.of() : Requests.inputs(session, inputs),
                new HeadScores.Query(
                        HeadScoreChoice.of(model, asked, inputs.length, mover),
                        RepeatedTokens.of(model, true, 5, 3, null),
                        null,
                        mover ? a[2] : null,
                        mover ? a[4] : null,
                        Requests.interventions(model.hookPoints(), interventions),
                        true));
    }

    /** Two heads of nine positions: a BOS, four tokens and the same four; each query of a head attends to one key alone. */
    @ParameterizedTest
    @EnumSource(names = {"PREVIOUS_TOKEN", "DUPLICATE_TOKEN", "INDUCTION", "FIRST_TOKEN"})
    void aPatternMadeByHandHasTheScoreThatItIsMadeFor(HeadScoreKind score) {
        int n = 9;
        float[] patterns = new float[2 * n * n];
        for (int query = 0; query < n; query++) {
            int key = Math.max(
                    0,
                    switch (score) {
                        case PREVIOUS_TOKEN -> query - 1;
                        case DUPLICATE_TOKEN -> query - 4;
                        case INDUCTION -> query - 3;
                        default -> 0;
                    });
            patterns[query * n + key] = 1;
            patterns[n * n + query * n + query] = 0.75f; // half of the other head's queries, and themselves
            patterns[n * n + query * n + key] += 0.25f;
        }
        assertThat(read(score, patterns, 2, n)).containsExactly(new float[] {1, 0.25f}, offset(1e-6f));
        for (HeadScoreKind other : HeadScoreKind.values()) {
            if (other.needsRepeats() && other != score && score != HeadScoreKind.FIRST_TOKEN) {
                assertThat(read(other, patterns, 2, n)[0]).as(other.toString()).isZero();
            }
        }
    }

    private float[] read(HeadScoreKind score, float[] patterns, int heads, int n) {
        PatternScores read = new PatternScores(1, heads, Set.of(score));
        try (NDManager manager = session.newManager()) {
            NDArray value = manager.create(patterns, new Shape(1, heads, n, n));
            read.on(1, n, TWICE_FOUR, Set.of(score)).at(new HookName(0, Site.PATTERN), value);
        }
        return read.mean(score);
    }

    @Test
    void theEntropyOfOneKeyIsZeroAndThatOfAllIsTheirNumbers() {
        int n = 8;
        float[] patterns = new float[2 * n * n];
        for (int query = 0; query < n; query++) {
            patterns[query * n] = 1;
            Arrays.fill(patterns, n * n + query * n, n * n + (query + 1) * n, 1f / n);
        }
        float[] entropy = read(HeadScoreKind.ENTROPY, patterns, 2, n);
        assertThat(entropy).containsExactly(new float[] {0, (float) Math.log(n)}, offset(1e-6f));
    }

    @Test
    void anEntropyOfWhatIsNoNumberIsNone() {
        float[] patterns = new float[2 * 8 * 8];
        patterns[8 * 8 + 3] = Float.NaN;
        assertThat(read(HeadScoreKind.ENTROPY, patterns, 2, 8)).containsExactly(0, Float.NaN);
    }

    /** Random tokens and inputs are drawn for together: whichever is longer, or there at all, a position's draw is its own. */
    @Test
    void aResamplingReachesEveryPositionOfEveryRun() {
        String resample = one("resid_post", "'layer':0,", "{'type':'resample','seed':3,'reference':[[5,6,7],[8,9]]}");
        int[] input = IntStream.range(5, 20).toArray();
        HeadScores.Answer alone = scores(List.of(HeadScoreKind.ENTROPY), resample, input);
        HeadScores.Answer both = scores(List.of(HeadScoreKind.INDUCTION, HeadScoreKind.ENTROPY), resample, input);
        assertThat(input.length).isGreaterThan(both.sequenceLength() * 2 + 1);
        assertThat(alone.scores().get("entropy").toFloats())
                .containsExactly(both.scores().get("entropy").toFloats())
                .doesNotContain(scores(List.of(HeadScoreKind.ENTROPY), "[]", input)
                        .scores()
                        .get("entropy")
                        .toFloats()[5]);
    }

    @Test
    void theScoresOfSeveralInputsAreMeansOverAllTheirQueries() {
        List<HeadScoreKind> asked = List.of(HeadScoreKind.FIRST_TOKEN, HeadScoreKind.ENTROPY);
        HeadScores.Answer both = scores(asked, "[]", a, b);
        HeadScores.Answer first = scores(asked, "[]", a);
        HeadScores.Answer second = scores(asked, "[]", b);
        for (int i = 0; i < 6; i++) {
            int[] queries = {a.length - 1, b.length - 1, a.length, b.length};
            assertThat(value(both, "first_token", i))
                    .isCloseTo(
                            (queries[0] * value(first, "first_token", i) + queries[1] * value(second, "first_token", i))
                                    / (queries[0] + queries[1]),
                            offset(1e-6f));
            assertThat(value(both, "entropy", i))
                    .isCloseTo(
                            (queries[2] * value(first, "entropy", i) + queries[3] * value(second, "entropy", i))
                                    / (queries[2] + queries[3]),
                            offset(1e-6f));
        }
    }

    private static float value(HeadScores.Answer answer, String name, int i) {
        return answer.scores().get(name).toFloats()[i];
    }

    /** Against attention itself, of an input whose patterns another analysis answers. */
    @Test
    void theSinkAndTheEntropyAreThoseOfThePatterns() {
        HeadScores.Answer answer = scores(List.of(HeadScoreKind.FIRST_TOKEN, HeadScoreKind.ENTROPY), "[]", a);
        int n = a.length;
        for (int layer = 0; layer < 2; layer++) {
            float[] pattern = original("blocks." + layer + ".attn.hook_pattern", a);
            for (int head = 0; head < 3; head++) {
                double sink = 0;
                double entropy = 0;
                for (int query = 0; query < n; query++) {
                    for (int key = 0; key < n; key++) {
                        double p = pattern[(head * n + query) * n + key];
                        sink += query > 0 && key == 0 ? p / (n - 1) : 0;
                        entropy -= p > 0 ? p * Math.log(p) / n : 0;
                    }
                }
                assertThat((double) value(answer, "first_token", layer * 3 + head))
                        .isCloseTo(sink, offset(1e-6));
                assertThat((double) value(answer, "entropy", layer * 3 + head)).isCloseTo(entropy, offset(1e-6));
            }
        }
    }

    @Test
    void repeatsAreTwiceTheSameTokensAllDifferentBetweenTheSpecialOnes() {
        RepeatedTokens repeats = new RepeatedTokens(
                new PlainTokens(new int[] {1}, IntStream.range(3, 30).toArray(), new int[] {2}), 7, 5, 3);
        List<Encoded> drawn = repeats.draw(session);
        assertThat(drawn).hasSize(5);
        for (Encoded e : drawn) {
            int[] ids = e.ids();
            assertThat(ids).hasSize(16).startsWith(1).endsWith(2);
            assertThat(Arrays.copyOfRange(ids, 1, 8)).isEqualTo(Arrays.copyOfRange(ids, 8, 15));
            assertThat(Arrays.stream(ids, 1, 8).distinct().count()).isEqualTo(7);
            assertThat(Arrays.stream(ids, 1, 8)).allMatch(id -> id >= 3 && id < 30);
        }
        assertThat(repeats.draw(session)).usingRecursiveComparison().isEqualTo(drawn);
        assertThat(drawn.get(0).ids()).isNotEqualTo(drawn.get(1).ids());
    }

    @Test
    void aNameMoverIsItsAttentionTimesWhatItWrites() {
        HeadScores.Answer answer = scores(List.of(HeadScoreKind.NAME_MOVER), "[]", a);
        assertThat(answer.scores()).containsOnlyKeys("name_mover", "name_mover_attention", "name_mover_logit");
        int n = a.length;
        for (int i = 0; i < 6; i++) {
            float[] pattern = original("blocks." + i / 3 + ".attn.hook_pattern", a);
            double attention = 0;
            for (int key = 0; key < n; key++) {
                attention += a[key] == a[2] ? pattern[(i % 3 * n + n - 1) * n + key] : 0;
            }
            assertThat((double) value(answer, "name_mover_attention", i)).isCloseTo(attention, offset(1e-6));
            assertThat(value(answer, "name_mover", i))
                    .isEqualTo(value(answer, "name_mover_attention", i) * value(answer, "name_mover_logit", i));
        }
    }

    /** Of the last layer: what ablating the head takes from the logits, the final norm's scale being that of the run. */
    @Test
    void whatANameMoverWritesIsWhatAttributionSaysOfIt() {
        HeadScores.Answer answer = scores(List.of(HeadScoreKind.NAME_MOVER), "[]", a);
        Attribution.Answer parts = Attribution.compute(
                session,
                Requests.inputs(session, a),
                new Attribution.Query(
                        new Metric(Metric.Type.LOGIT_DIFFERENCE, a[2], a[4], -1),
                        null,
                        false,
                        false,
                        10,
                        List.of(),
                        true));
        float[] heads = parts.tensors().get("0.heads").toFloats();
        for (int i = 0; i < 6; i++) {
            assertThat(value(answer, "name_mover_logit", i)).isCloseTo(heads[i], offset(1e-6f));
        }
    }

    @Test
    void anAblatedHeadHasNoPattern() {
        String zero = one("pattern", "'layer':1,'heads':[2],", "{'type':'zero'}");
        HeadScores.Answer answer =
                scores(List.of(HeadScoreKind.PREVIOUS_TOKEN, HeadScoreKind.INDUCTION, HeadScoreKind.FIRST_TOKEN), zero);
        HeadScores.Answer before =
                scores(List.of(HeadScoreKind.PREVIOUS_TOKEN, HeadScoreKind.INDUCTION, HeadScoreKind.FIRST_TOKEN), "[]");
        answer.scores().forEach((name, tensor) -> {
            assertThat(tensor.toFloats()[5]).isZero();
            assertThat(before.scores().get(name).toFloats()[5]).isPositive();
            assertThat(tensor.toFloats()[0]).isEqualTo(before.scores().get(name).toFloats()[0]);
        });
        assertThatThrownBy(() -> scores(List.of(HeadScoreKind.COPYING), zero))
                .isInstanceOf(BadSelection.class)
                .hasMessageContaining("do not change weights");
    }

    /** Every score that a model has is a number, and what is asked of one that has it not is refused. */
    @ParameterizedTest
    @MethodSource("origins")
    void everyFamilyHasItsScores(Path origin) {
        try (HookedModel model = new RandomModels(SEED + origin.getFileName().hashCode(), 40).next(origin, scratch);
                AnswerMemory memory = new AnswerMemory()) {
            Session own = Requests.session(model, memory);
            int[] ids = {3, 4, 5, 6, 4};
            boolean linear = model.weightAnalyses().readsLinearly();
            HeadScores.Query query = new HeadScores.Query(
                    HeadScoreChoice.of(model, null, 1, true),
                    RepeatedTokens.of(model, true, null, null, null),
                    null,
                    4,
                    5,
                    List.of(),
                    true);
            HeadScores.Answer answer = HeadScores.compute(own, Requests.inputs(own, ids), query);
            assertThat(answer.scores()).hasSize(linear ? 9 : 5);
            assertThat(answer.warnings()).hasSize(linear ? 0 : 2);
            EnumSet<HeadScoreKind> probabilities = EnumSet.range(HeadScoreKind.PREVIOUS_TOKEN, HeadScoreKind.FIRST_TOKEN);
            answer.scores().forEach((name, tensor) -> {
                assertThat(tensor.shape())
                        .containsExactly(model.info().nLayers(), model.info().nHeads());
                for (float value : tensor.toFloats()) {
                    assertThat(value).as(name).isFinite();
                    if (name.equals("copying")) {
                        assertThat(value).isBetween(-1f, 1f);
                    } else if (probabilities.stream().anyMatch(s -> s.toString().equals(name))) {
                        assertThat(value).isBetween(0f, 1.00001f);
                    }
                }
            });
            if (!linear) {
                assertThatThrownBy(() -> HeadScoreChoice.of(model, List.of(HeadScoreKind.COPYING), 0, false))
                        .hasMessageContaining("non-linear layer");
            }
        }
    }

    @Test
    void whatDoesNotFitTogetherIsNamed() {
        refused(() -> scores(List.of(), "[]"), "must not be empty");
        refused(() -> scores(List.of(HeadScoreKind.ENTROPY, HeadScoreKind.ENTROPY), "[]"), "entropy is repeated");
        refused(() -> scores(List.of(HeadScoreKind.NAME_MOVER), "[]"), "is required for name_mover");
        refused(() -> scores(List.of(HeadScoreKind.NAME_MOVER), "[]", a, b), "holds 2 inputs and name_mover");
        refused(() -> scores(List.of(HeadScoreKind.NAME_MOVER), "[]", new int[] {a[4]}), "is not in the input");
        refused(() -> HeadScoreChoice.of(f.model(), List.of(HeadScoreKind.NAME_MOVER), 1, false), "is required for name_mover");
        refused(() -> HeadScoreChoice.of(f.model(), List.of(HeadScoreKind.ENTROPY), 1, true), "is used by name_mover alone");
        refused(() -> scores(List.of(HeadScoreKind.FIRST_TOKEN), "[]", new int[] {3}), "has 1 token");
        refused(() -> RepeatedTokens.of(f.model(), true, 9, null, null), "9 must be 2..8");
        refused(() -> RepeatedTokens.of(f.model(), true, 1, null, null), "1 must be 2..8");
        refused(() -> RepeatedTokens.of(f.model(), true, 2, 0, null), "0 must be 1..1000");
        assertThat(RepeatedTokens.of(f.model(), true, null, null, null).length())
                .isEqualTo(8);
    }

    private static void refused(org.assertj.core.api.ThrowableAssert.ThrowingCallable call, String why) {
        assertThatThrownBy(call).isInstanceOf(BadSelection.class).hasMessageContaining(why);
    }
}
