package dev.headlight.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FloatTextTest {
    private static final int RANDOM = 3_000_000;

    private static final String JSON = "-?(0|[1-9]\\d*)(\\.\\d+)?(e-?\\d+)?";

    private final char[] out = new char[FloatText.LONGEST];

    private String write(float value) {
        return new String(out, 0, FloatText.write(value, out, 0));
    }

    /** A client may read JSON's numbers as floats or, as most do, as doubles. */
    private void requireRoundTrip(float value) {
        String text = write(value);
        boolean same = Float.floatToRawIntBits(Float.parseFloat(text)) == Float.floatToRawIntBits(value)
                && Float.floatToRawIntBits((float) Double.parseDouble(text)) == Float.floatToRawIntBits(value);
        if (!same) {
            throw new AssertionError(value + " (bits " + Float.floatToRawIntBits(value) + ") was written as " + text);
        }
    }

    @Test
    void everyPowerOfTwoAndItsNeighboursReadBackTheSame() {
        for (int exponent = -149; exponent <= 127; exponent++) {
            float power = (float) Math.pow(2, exponent);
            for (float value : new float[] {power, Math.nextUp(power), Math.nextDown(power)}) {
                requireRoundTrip(value);
                requireRoundTrip(-value);
            }
        }
    }

    @Test
    void everyPowerOfTenAndItsNeighboursReadBackTheSame() {
        for (int exponent = -45; exponent <= 38; exponent++) {
            float value = Float.parseFloat("1e" + exponent);
            for (int i = 0; i < 50; i++) {
                value = Math.nextDown(value);
            }
            for (int i = 0; i < 100; i++, value = Math.nextUp(value)) {
                requireRoundTrip(value);
                assertThat(write(value)).matches(JSON);
            }
        }
    }

    @Test
    void randomBitPatternsReadBackTheSame() {
        Random random = new Random(1);
        for (int i = 0; i < RANDOM; i++) {
            float value = Float.intBitsToFloat(random.nextInt());
            if (Float.isFinite(value)) {
                requireRoundTrip(value);
            }
        }
    }

    @Test
    void subnormalsReadBackTheSame() {
        Random random = new Random(2);
        for (int i = 0; i < RANDOM / 10; i++) {
            requireRoundTrip(Float.intBitsToFloat(random.nextInt(1 << 23)));
        }
    }

    @Test
    void activationsOfUsualSizeReadBackTheSame() {
        Random random = new Random(3);
        for (int i = 0; i < RANDOM / 10; i++) {
            requireRoundTrip((float) (random.nextGaussian() * Math.pow(10, random.nextInt(12) - 8)));
        }
    }

    @ParameterizedTest
    @ValueSource(
            floats = {
                0f,
                -0.0f,
                Float.MIN_VALUE,
                -Float.MIN_VALUE,
                Float.MIN_NORMAL,
                Float.MAX_VALUE,
                -Float.MAX_VALUE,
                16777216f,
                16777215f,
                0.1f,
                1 / 3f,
                9.9999998e-6f,
                1e-5f,
                999999999f,
                1e9f
            })
    void theEdgesReadBackTheSame(float value) {
        requireRoundTrip(value);
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0.0",
        "-0.0, -0.0",
        "1, 1.0",
        "-1.5, -1.5",
        "0.5, 0.5",
        "100, 100.0",
        "NaN, null",
        "Infinity, null",
        "-Infinity, null"
    })
    void numbersAreShortAndWhatJsonLacksIsNull(float value, String text) {
        assertThat(write(value)).isEqualTo(text);
    }

    @Test
    void theTextIsAJsonNumberNoLongerThanItsBound() {
        Random random = new Random(4);
        for (int i = 0; i < 100_000; i++) {
            float value = Float.intBitsToFloat(random.nextInt());
            if (Float.isFinite(value)) { // a longer text would overrun the array
                assertThat(write(value)).matches(JSON);
            }
        }
    }
}
