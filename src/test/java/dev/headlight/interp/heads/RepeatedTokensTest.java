package dev.headlight.interp.heads;

import static org.assertj.core.api.Assertions.assertThat;

import dev.headlight.interp.intervene.OnGpt2;
import dev.headlight.model.text.Encoded;
import dev.headlight.model.text.PlainTokens;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Inputs of repeated random tokens. */
class RepeatedTokensTest extends OnGpt2 {
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
}
