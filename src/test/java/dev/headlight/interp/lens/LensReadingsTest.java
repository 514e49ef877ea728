package dev.headlight.interp.lens;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.headlight.interp.intervene.OnGpt2;
import dev.headlight.interp.metric.Distributions;
import dev.headlight.interp.metric.Prediction;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The order of tokens and their ranks, from logits made by hand. */
class LensReadingsTest extends OnGpt2 {
    @Test
    void equalLogitsComeByLowerIdAndWhatIsNoNumberLast() {
        float[] tied = {1, 3, 2, 3, 3, 0};
        float[] odd = {1, Float.NaN, 2, 0, 5, 4};
        assertThat(ids(tied, 2)).containsExactly(1, 3);
        assertThat(ids(tied, 5)).containsExactly(1, 3, 4, 2, 0);
        assertThat(ids(odd, 6)).containsExactly(4, 5, 2, 0, 3, 1);
        assertThat(ids(odd, 3)).containsExactly(4, 5, 2);
        assertThat(entry(odd, 1, List.of(1, 5, 4)).targets())
                .extracting(LogitLens.Target::rank)
                .containsExactly(null, 1, 0);
    }

    private List<Integer> ids(float[] logits, int k) {
        return entry(logits, k, List.of()).top().stream()
                .map(Prediction.Token::tokenId)
                .toList();
    }

    private LogitLens.Entry entry(float[] logits, int k, List<Integer> targets) {
        try (NDManager manager = f.model().newManager()) {
            NDArray row = manager.create(logits, new Shape(1, logits.length));
            LogitLens.Entry[] entries = new LogitLens.Entry[1];
            LensReadings.of(
                            row,
                            Distributions.logProbabilities(row),
                            k,
                            targets,
                            new LensReadings.Place(1, 0, new int[] {0}))
                    .readInto(entries, f.model());
            return entries[0];
        }
    }
}
