package dev.headlight.tensor;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;

/**
 * The shortest decimal that reads back as a given float32, and of several the closest one, after the algorithm
 * Schubfach.
 *
 * <p>A float is {@code c * 2^q}. The numbers closer to it than {@code 2^q / 2} read back as it, and those just as close if
 * {@code c} is even. With {@code 10^k <= 2^q < 10^(k+1)} the closest multiple of {@code 10^k} is one of them, and at most
 * one multiple of {@code 10^(k+1)} is; a shorter decimal is a multiple of the latter. So two candidates are enough. They
 * are compared in fixed point, without division, logarithm or branch.
 *
 * @see <a href="https://drive.google.com/file/d/1IEeATSVnEE6TkrHlCYNY2GjaraBjOT4f">R. Giulietti, "The Schubfach way to
 *     render doubles", 2020, revised 2021</a>
 */
final class ShortestDecimal {
    /** Bits of positive infinity, which are also the mask of the exponent. */
    static final int INFINITY = 0x7f80_0000;

    private static final int MANTISSA = 23; // bits, without the leading one
    private static final int LEADING_ONE = 1 << MANTISSA;
    private static final int FRACTION = 33; // bits after the point of the fixed point numbers
    private static final int EXPONENTS = 255; // biased, of finite floats

    /**
     * What a decimal must be closer by if {@code c} is odd: clients read it as a double first, which rounds it, and that
     * must not make it the number half-way to the next float.
     */
    private static final int MARGIN = 1 << 8;

    /** By the biased exponent of the float. */
    private static final long[] POWER = new long[EXPONENTS]; // 10^-k as 63 bits, rounded up

    private static final byte[] SHIFT = new byte[EXPONENTS]; // of c, so that POWER * c is a fixed point number
    private static final byte[] K = new byte[EXPONENTS];
    private static final long[] HALF = new long[EXPONENTS]; // 2^q / 2 in units of 10^k
    private static final long[] POWER_OF_TWO = new long[EXPONENTS]; // their lower neighbours are only half as far

    static {
        for (int biased = 0; biased < EXPONENTS; biased++) {
            int q = Math.max(1, biased) - 150;
            int k = log10(q);
            int shift = 62 - log2(-k);
            POWER[biased] = times(-k, shift).longValueExact() + 1;
            SHIFT[biased] = (byte) (q + 64 + FRACTION - shift);
            K[biased] = (byte) k;
            HALF[biased] = times(-k, q - 1 + FRACTION).longValueExact();
            POWER_OF_TWO[biased] = ofPowerOfTwo(Float.intBitsToFloat(biased << MANTISSA));
        }
    }

    private ShortestDecimal() {}

    /**
     * Computes the decimal of a positive float.
     *
     * @param bits of the float, as of {@link Float#floatToRawIntBits}
     * @return nine digits, of which the first is not 0, in the upper 32 bits; the power of ten of the first digit in the
     *     lower 32 bits
     */
    static long of(int bits) {
        int biased = bits >>> MANTISSA;
        int mantissa = bits & (LEADING_ONE - 1);
        if (mantissa == 0) {
            return POWER_OF_TWO[biased];
        }
        if (biased == 0) {
            return subnormal(mantissa);
        }
        int digits = digits(mantissa | LEADING_ONE, biased);
        int eight = (9_999_999 - digits) >>> 31; // 1 if there are at least eight digits
        int nine = (99_999_999 - digits) >>> 31;
        return packed(digits * (100 - 90 * eight - 9 * nine), K[biased] + 6 + eight + nine);
    }

    private static long subnormal(int c) {
        int digits = digits(c, 0);
        int exponent = K[0] + 8;
        while (digits < 100_000_000) {
            digits *= 10;
            exponent--;
        }
        return packed(digits, exponent);
    }

    private static long packed(int digits, int exponent) {
        return ((long) digits << 32) | (exponent & 0xffff_ffffL);
    }

    /** The decimal as a multiple of 10^k. */
    private static int digits(int c, int biased) {
        long value = Math.multiplyHigh(POWER[biased], (long) c << SHIFT[biased]);
        long odd = (value >>> FRACTION) & 1; // between two closest multiples the even one is chosen
        long closest = (value + (1L << (FRACTION - 1)) - 1 + odd) >>> FRACTION;
        long shorter = 10 * ((((value >>> FRACTION) + 5) * 3_435_973_837L) >>> 35); // 3435973837 / 2^35 is 1 / 10
        long distance = Math.abs(value - (shorter << FRACTION));
        long limit = HALF[biased] + 4 - (c & 1) * (MARGIN + 4L);
        long isShorter = (distance - limit) >> 63; // all bits, or none
        return (int) (closest + ((shorter - closest) & isShorter));
    }

    private static long ofPowerOfTwo(float value) {
        if (value == 0) {
            return 0;
        }
        BigDecimal exact = new BigDecimal(value);
        for (int precision = 1; ; precision++) {
            for (RoundingMode mode : new RoundingMode[] {RoundingMode.HALF_EVEN, RoundingMode.CEILING}) {
                BigDecimal rounded = exact.round(new MathContext(precision, mode));
                if (rounded.floatValue() == value) {
                    BigDecimal nine = rounded.setScale(8 + rounded.scale() - rounded.precision() + 1);
                    return packed(nine.unscaledValue().intValueExact(), 8 - nine.scale());
                }
            }
        }
    }

    /** The largest k with {@code 10^k <= 2^q}. */
    private static int log10(int q) {
        int digits = BigInteger.ONE.shiftLeft(Math.abs(q)).toString().length();
        return q >= 0 ? digits - 1 : -digits;
    }

    /** The largest n with {@code 2^n <= 10^e}. */
    private static int log2(int e) {
        int bits = BigInteger.TEN.pow(Math.abs(e)).bitLength();
        return e >= 0 ? bits - 1 : -bits;
    }

    /** {@code 10^e * 2^shift}, rounded down. */
    private static BigInteger times(int e, int shift) {
        BigInteger power = BigInteger.TEN.pow(Math.abs(e));
        BigInteger two = BigInteger.ONE.shiftLeft(Math.abs(shift));
        if (e >= 0) {
            return shift >= 0 ? power.multiply(two) : power.divide(two);
        }
        return two.divide(power);
    }
}
