package dev.headlight.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FloatTextTest {
    private static final int RANDOM = 3_000_000;

    private static final String JSON = "-?(0|[1-9]\\d*)(\\.\\d+)?(e-?\\d+)?";

    private final byte[] out = new byte[FloatText.LONGEST + FloatText.SLACK];

    private String write(float value) {
        return new String(out, 0, FloatText.write(value, out, 0), StandardCharsets.US_ASCII);
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

    /** Whether a client reads a decimal as a value, be it as a float or as a double that it rounds. */
    private static boolean readsBack(BigDecimal decimal, float value) {
        return decimal.floatValue() == value && (float) decimal.doubleValue() == value;
    }

    /** No decimal with fewer digits reads back, and none with as many is closer. */
    private void requireShortest(float value) {
        BigDecimal exact = new BigDecimal(value);
        BigDecimal written = new BigDecimal(write(value)).stripTrailingZeros();
        for (RoundingMode mode : new RoundingMode[] {RoundingMode.DOWN, RoundingMode.UP}) {
            int digits = written.precision();
            BigDecimal shorter = digits == 1 ? BigDecimal.ZERO : exact.round(new MathContext(digits - 1, mode));
            BigDecimal other = exact.round(new MathContext(digits, mode));
            boolean closer = other.subtract(exact)
                            .abs()
                            .compareTo(written.subtract(exact).abs())
                    < 0;
            if (readsBack(shorter, value) || closer && readsBack(other, value)) {
                throw new AssertionError(value + " was written as " + written + ", not " + shorter + " or " + other);
            }
        }
    }

    @Test
    void noShorterAndNoCloserNumberReadsBackTheSame() {
        Random random = new Random(5);
        for (int i = 0; i < 200_000; i++) {
            float value = Float.intBitsToFloat(random.nextInt(ShortestDecimal.INFINITY));
            requireShortest(value == 0 ? 1 : value);
            requireShortest(random.nextFloat() + Float.MIN_NORMAL);
        }
        for (int exponent = -149; exponent <= 127; exponent++) {
            float power = (float) Math.pow(2, exponent);
            requireShortest(power);
            requireShortest(Math.nextUp(power));
            requireShortest(Math.nextDown(power) == 0 ? power : Math.nextDown(power));
        }
        for (int bits = 1; bits < 10_000; bits++) { // subnormals
            requireShortest(Float.intBitsToFloat(bits));
        }
    }

    /** Of all floats, it is the only one whose shortest decimal a client that reads doubles takes for its neighbour. */
    @Test
    void aDecimalThatReadsBackOnlyAsAFloatIsNotWritten() {
        assertThat(Float.parseFloat("7.038531e-26")).isNotEqualTo((float) Double.parseDouble("7.038531e-26"));
        assertThat(write(7.038531e-26f)).isEqualTo("7.0385307e-26");
        requireRoundTrip(7.038531e-26f);
    }

    @ParameterizedTest
    @CsvSource({
        "0.1, 0.1",
        "0.33333334, 0.33333334",
        "7.9414062, 7.9414062", // as close as 7.9414063: the even digit
        "16777216, 16777216.0",
        "123456.79, 123456.79",
        "1e8, 100000000.0",
        "1e9, 1.0e9",
        "1e-5, 0.00001",
        "9.9e-6, 9.9e-6",
        "3.4028235e38, 3.4028235e38",
        "1.17549435e-38, 1.1754944e-38",
        "1.4e-45, 1.0e-45"
    })
    void theDigitsAreTheShortest(float value, String text) {
        assertThat(write(value)).isEqualTo(text);
        assertThat(write(-value)).isEqualTo("-" + text);
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
