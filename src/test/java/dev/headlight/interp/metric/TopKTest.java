package dev.headlight.interp.metric;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TopKTest {
    @Test
    void theLargestComeFirstAndTiesByLowerIndex() {
        assertThat(TopK.of(new double[] {1, 3, 2, 3, 3}, 3)).containsExactly(1, 3, 4);
        assertThat(TopK.of(new double[] {5, 5, 5, 5}, 2)).containsExactly(0, 1);
        assertThat(TopK.of(new double[] {-1, -2}, 2)).containsExactly(0, 1);
    }

    @Test
    void zeroAndMinusZeroAreATie() {
        assertThat(TopK.of(new double[] {-0.0, 0.0, -0.0}, 2)).containsExactly(0, 1);
    }

    @Test
    void infinitiesHaveTheirPlaceAndNaNIsTheSmallest() {
        double inf = Double.POSITIVE_INFINITY;
        assertThat(TopK.of(new double[] {Double.NaN, -5, inf, -inf}, 3)).containsExactly(2, 1, 0);
    }
}
