package dev.headlight.tensor;

/**
 * Writes a float as a JSON number. Nine significant digits identify a float32 (IEEE 754), so the number reads back as
 * the same float; trailing zeros are dropped.
 */
final class FloatText {
    /** Most characters of one number: sign, nine digits, decimal point, exponent {@code e-45}. */
    static final int LONGEST = 16;

    private static final int LARGEST_POWER = 54;
    private static final double[] POWERS = new double[2 * LARGEST_POWER + 1];

    static {
        for (int i = 0; i < POWERS.length; i++) {
            POWERS[i] = Double.parseDouble("1e" + (i - LARGEST_POWER));
        }
    }

    private FloatText() {}

    /**
     * Writes one number. JSON has no NaN and no infinities; they become {@code null}.
     *
     * @param out has room for {@link #LONGEST} characters from {@code at}
     * @return the position after the number
     */
    static int write(float value, char[] out, int at) {
        if (!Float.isFinite(value)) {
            return word("null", out, at);
        }
        if (value == 0) {
            return word(1 / value < 0 ? "-0.0" : "0.0", out, at);
        }
        if (value < 0) {
            out[at++] = '-';
        }
        double magnitude = Math.abs((double) value);
        int exponent = (int) Math.floor(Math.log10(magnitude));
        long digits = Math.round(magnitude * POWERS[8 - exponent + LARGEST_POWER]);
        if (digits >= 1_000_000_000L) { // rounded up to the next power of ten
            digits /= 10;
            exponent++;
        } else if (digits < 100_000_000L) { // log10 rounded up
            exponent--;
            digits = Math.round(magnitude * POWERS[8 - exponent + LARGEST_POWER]);
        }
        return exponent >= -5 && exponent < 9
                ? plain(digits, exponent, out, at)
                : scientific(digits, exponent, out, at);
    }

    private static int word(String word, char[] out, int at) {
        word.getChars(0, word.length(), out, at);
        return at + word.length();
    }

    /** Writes nine digits with the decimal point after the first {@code exponent + 1}. */
    private static int plain(long digits, int exponent, char[] out, int at) {
        if (exponent < 0) {
            out[at++] = '0';
            out[at++] = '.';
            for (int i = exponent; i < -1; i++) {
                out[at++] = '0';
            }
            return nine(digits, -1, 1, out, at);
        }
        return nine(digits, exponent + 1, exponent + 2, out, at);
    }

    private static int scientific(long digits, int exponent, char[] out, int at) {
        at = nine(digits, 1, 2, out, at);
        out[at++] = 'e';
        return word(Integer.toString(exponent), out, at);
    }

    /**
     * Writes the digits without trailing zeros.
     *
     * @param digits nine decimal digits
     * @param point index of the digit after the decimal point; -1 for no point
     * @param keep fewest digits to write
     */
    private static int nine(long digits, int point, int keep, char[] out, int at) {
        int count = 9;
        while (count > keep && digits % 10 == 0) {
            digits /= 10;
            count--;
        }
        boolean pointed = point >= 0 && point < count;
        int end = at + count + (pointed ? 1 : 0);
        for (int i = count - 1, to = end - 1; i >= 0; i--) {
            out[to--] = (char) ('0' + digits % 10);
            digits /= 10;
            if (pointed && i == point) {
                out[to--] = '.';
            }
        }
        return end;
    }
}
