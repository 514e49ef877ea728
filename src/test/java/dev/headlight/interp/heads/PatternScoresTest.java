package dev.headlight.interp.heads;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.headlight.interp.intervene.OnGpt2;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.Site;
import dev.headlight.model.text.PlainTokens;
import java.util.Arrays;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Scores of attention patterns made by hand. */
class PatternScoresTest extends OnGpt2 {
    private static final RepeatedTokens TWICE_FOUR =
            new RepeatedTokens(new PlainTokens(new int[] {0}, new int[] {}, new int[] {}), 4, 1, 0);

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
}
