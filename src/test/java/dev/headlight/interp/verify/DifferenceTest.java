package dev.headlight.interp.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.headlight.model.Fixture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DifferenceTest {
    private static final float INFINITY = Float.POSITIVE_INFINITY;

    private final NDManager manager = Fixture.TORCH.newManager();

    @AfterEach
    void close() {
        manager.close();
    }

    private NDArray rows(int rows, float... values) {
        return manager.create(values, new Shape(rows, values.length / rows));
    }

    private double of(float value, float expected) {
        return Difference.ofRows(rows(1, 3, value), rows(1, 3, expected))[0];
    }

    @Test
    void itIsAbsoluteBelowOneAndRelativeAbove() {
        assertThat(of(0.5f, 0.25f)).isEqualTo(0.25);
        assertThat(of(-0.5f, 0.25f)).isEqualTo(0.75);
        assertThat(of(150, -100)).isEqualTo(2.5);
        assertThat(of(7, 7)).isZero();
    }

    @Test
    void equalInfinitiesDoNotDifferAndAllElseThatIsNotFiniteDoes() {
        assertThat(of(-INFINITY, -INFINITY)).isZero();
        assertThat(of(INFINITY, -INFINITY)).matches(d -> !Double.isFinite(d));
        assertThat(of(INFINITY, 1)).matches(d -> !Double.isFinite(d));
        assertThat(of(1, -INFINITY)).matches(d -> !Double.isFinite(d));
        assertThat(of(Float.NaN, 1)).isNaN();
        assertThat(of(Float.NaN, Float.NaN)).isNaN();
    }

    @Test
    void everyRowHasItsOwnHoweverManyValuesItHas() {
        int width = 1_500_000; // of three rows: several slices
        NDArray expected = manager.zeros(new Shape(3, width));
        float[] values = new float[3 * width];
        values[width] = 0.5f; // the first of the second row
        values[3 * width - 1] = 0.25f; // the last of the third
        assertThat(Difference.ofRows(rows(3, values), expected)).containsExactly(0, 0.5, 0.25);
        values[0] = Float.NaN; // not forgotten by the slices that follow
        assertThat(Difference.ofRows(rows(3, values), expected)[0]).isNaN();
    }

    @Test
    void itIsMeasuredInFloat64() {
        assertThat(of(Math.nextUp(1f), 1)).isCloseTo(Math.ulp(1f), within(1e-16));
    }

    @Test
    void otherShapesAreAFaultOfOurs() {
        assertThatThrownBy(() -> Difference.ofRows(rows(1, 1, 2), rows(2, 1, 2)))
                .isInstanceOf(IllegalStateException.class);
    }
}
