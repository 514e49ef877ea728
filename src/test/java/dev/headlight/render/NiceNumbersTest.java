package dev.headlight.render;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class NiceNumbersTest {
    @Test
    void ticksAreMultiplesOfOneTwoOrFive() {
        assertThat(texts(0, 1, 5)).containsExactly("0.0", "0.2", "0.4", "0.6", "0.8", "1.0");
        assertThat(texts(-2.9, 2.9, 4)).containsExactly("−2", "0", "2");
        assertThat(texts(0, 0.1f, 4)).startsWith("0.00").endsWith("0.10");
        assertThat(texts(0, 730, 4)).containsExactly("0", "200", "400", "600");
    }

    @Test
    void verySmallAndVeryLargeValuesArePowersOfTen() {
        assertThat(texts(0, 4e-7, 4)).containsExactly("0", "1e−7", "2e−7", "3e−7", "4e−7");
        assertThat(texts(0, 3e38, 4)).containsExactly("0", "1e38", "2e38", "3e38");
    }

    @Test
    void closeValuesFarFromZeroStayDistinct() {
        assertThat(texts(5_000_000, 5_000_003, 4)).doesNotHaveDuplicates();
    }

    @Test
    void everyScaleHasAFewTicks() {
        for (double max = 0.1; max < 1000; max *= 1.07) {
            assertThat(texts(-max, max, 4)).hasSizeBetween(3, 9).anyMatch(t -> t.matches("0(\\.0+)?"));
            assertThat(texts(max, max * 1.5, 8)).hasSizeBetween(3, 17);
        }
        assertThat(texts(3, 3, 4)).containsExactly("3.0");
    }

    private static List<String> texts(double min, double max, int about) {
        return NiceNumbers.within(min, max, about).stream()
                .map(NiceNumbers::text)
                .toList();
    }
}
