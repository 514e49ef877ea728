package dev.headlight.tensor;

import static dev.headlight.tensor.PackedWeight.Layout.CONVOLUTION;
import static dev.headlight.tensor.PackedWeight.Layout.INNER_PRODUCT;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LayoutTrialTest {
    private static final long WEIGHTS = 768 * 3072;

    @Test
    void aLayoutIsUsedUpToTheLastRowsThatItSuits() {
        LayoutTrial.Result result =
                LayoutTrial.attempt(CONVOLUTION, WEIGHTS, rows -> rows < 64 || rows == 128 ? 0.5 : 30);
        assertThat(result.serves(8)).isTrue();
        assertThat(result.serves(48)).isTrue();
        assertThat(result.serves(49)).isFalse();
        assertThat(result.serves(128)).isFalse();
        assertThat(result.gain()).isEqualTo(1.5);
    }

    @Test
    void aLayoutThatSuitsMoreRowsOnlyIsUsedForThose() {
        LayoutTrial.Result result = LayoutTrial.attempt(INNER_PRODUCT, WEIGHTS, rows -> rows > 32 ? 0.9 : 1.5);
        assertThat(result.serves(32)).isFalse();
        assertThat(result.serves(33)).isTrue();
        assertThat(result.serves(100_000)).isTrue();
        assertThat(LayoutTrial.attempt(CONVOLUTION, WEIGHTS, rows -> 0.9).serves(257))
                .isFalse();
    }

    @Test
    void whatIsOnceSlowIsTriedAgain() {
        List<Long> tried = new ArrayList<>();
        LayoutTrial.Result result = LayoutTrial.attempt(INNER_PRODUCT, WEIGHTS, rows -> {
            tried.add(rows);
            return tried.size() == 1 ? 2 : 0.5;
        });
        assertThat(tried).startsWith(16L, 16L, 32L);
        assertThat(result.serves(8)).isTrue();
    }

    @Test
    void aSlowLayoutIsOfNoUse() {
        assertThat(LayoutTrial.attempt(CONVOLUTION, WEIGHTS, rows -> 1.5).isUseful())
                .isFalse();
    }

    @Test
    void productsThatTakeLongAreNotTried() {
        List<Long> tried = new ArrayList<>();
        LayoutTrial.attempt(INNER_PRODUCT, 4096 * 14_336, rows -> {
            tried.add(rows);
            return 0.5;
        });
        assertThat(tried).containsExactly(16L, 32L, 48L, 64L);
    }
}
