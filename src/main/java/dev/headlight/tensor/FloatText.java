package dev.headlight.tensor;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Writes a float as a JSON number in ASCII, with the digits of {@link ShortestDecimal}. Numbers from 1e-5 up to 1e9 are
 * written in plain notation, others in scientific notation.
 *
 * <p>The digits are made eight at a time in one {@code long} and stored at once, so a text may be followed by bytes
 * without meaning, which the next text replaces.
 */
final class FloatText {
    /** Most bytes of one number: sign, nine digits, decimal point, exponent {@code e-45}. */
    static final int LONGEST = 16;

    /** Bytes that must follow the place of the longest number, since eight are stored at once. */
    static final int SLACK = 16;

    private static final VarHandle EIGHT = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long ZEROS = 0x3030303030303030L; // "00000000"
    private static final long LEADING = 0x3030303030302e30L; // "0.000000"
    private static final int TEN_8 = 100_000_000;

    private FloatText() {}

    /**
     * Writes one number. JSON has no NaN and no infinities; they become {@code null}.
     *
     * @param out has room for {@link #LONGEST} and {@link #SLACK} bytes from {@code at}
     * @return the position after the number
     */
    static int write(float value, byte[] out, int at) {
        int bits = Float.floatToRawIntBits(value);
        if ((bits << 1) == 0) {
            return word(bits < 0 ? "-0.0" : "0.0", out, at);
        }
        if ((bits & ShortestDecimal.INFINITY) == ShortestDecimal.INFINITY) {
            return word("null", out, at);
        }
        out[at] = '-';
        at += bits >>> 31;
        long decimal = ShortestDecimal.of(bits & Integer.MAX_VALUE);
        int nine = (int) (decimal >>> 32);
        int exponent = (int) decimal;
        int first = (int) ((nine * 1_441_151_881L) >>> 57); // nine / 10^8
        long eight = eight(nine - first * TEN_8);
        if (exponent >= -5 && exponent < 8) {
            return plain(first, eight, exponent, out, at);
        }
        return exponent == 8 ? nineDigits(first, eight, out, at) : scientific(first, eight, exponent, out, at);
    }

    /**
     * Writes nine digits in plain notation. There is no branch, since the signs of the exponents of activations cannot be
     * predicted.
     *
     * @param exponent -5 to 7
     */
    private static int plain(int first, long eight, int exponent, byte[] out, int at) {
        int below1 = exponent >> 31; // all bits, or none
        int whole = exponent & ~below1; // digits of the eight before the decimal point
        long start = (eight << 8) | first | ZEROS;
        EIGHT.set(out, at, start ^ ((start ^ LEADING) & below1));
        at += 2 + Math.abs(exponent);
        out[at - 1] = (byte) ('.' + ((first + '0' - '.') & below1));
        EIGHT.set(out, at, (eight >>> (8 * whole)) | ZEROS);
        int last = 8 - (Long.numberOfLeadingZeros(eight) >>> 3); // digits of the eight without trailing zeros
        return at + Math.max(1 + below1, last - whole);
    }

    /** Writes a number of nine digits before the decimal point. */
    private static int nineDigits(int first, long eight, byte[] out, int at) {
        out[at] = (byte) ('0' + first);
        EIGHT.set(out, at + 1, eight | ZEROS);
        return word(".0", out, at + 9);
    }

    private static int scientific(int first, long eight, int exponent, byte[] out, int at) {
        int end = plain(first, eight, 0, out, at);
        out[end] = 'e';
        return word(Integer.toString(exponent), out, end + 1);
    }

    /** The eight digits of a number below 10^8, one per byte, the first in the lowest byte. */
    private static long eight(int number) {
        long high = (number * 3_518_437_209L) >>> 45; // number / 10^4
        long fours = high | ((number - 10_000 * high) << 32);
        long hundreds = ((fours * 10_486) >>> 20) & 0x7f_0000_007fL;
        long twos = hundreds | ((fours - 100 * hundreds) << 16);
        long tens = ((twos * 103) >>> 10) & 0x000f_000f_000f_000fL;
        return tens | ((twos - 10 * tens) << 8);
    }

    @SuppressWarnings("deprecation") // getBytes of ASCII without an encoder
    private static int word(String word, byte[] out, int at) {
        word.getBytes(0, word.length(), out, at);
        return at + word.length();
    }
}
