package dev.headlight.interp.heads;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;

import dev.headlight.interp.Requests;
import dev.headlight.interp.intervene.OnGpt2;
import dev.headlight.interp.session.Session;
import dev.headlight.model.HookedModel;
import dev.headlight.model.arch.RandomModels;
import dev.headlight.model.fault.BadSelection;
import dev.headlight.tensor.AnswerMemory;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Scores of whole requests, and requests that are refused. */
class HeadScoresTest extends OnGpt2 {
    private static final long SEED = 6;

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
            EnumSet<HeadScoreKind> probabilities =
                    EnumSet.range(HeadScoreKind.PREVIOUS_TOKEN, HeadScoreKind.FIRST_TOKEN);
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
        refused(
                () -> HeadScoreChoice.of(f.model(), List.of(HeadScoreKind.NAME_MOVER), 1, false),
                "is required for name_mover");
        refused(
                () -> HeadScoreChoice.of(f.model(), List.of(HeadScoreKind.ENTROPY), 1, true),
                "is used by name_mover alone");
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
