package dev.headlight.render;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Nice numbers for ticks: multiples of 1, 2 or 5 times a power of ten. After P. Heckbert, "Nice numbers for graph
 * labels", Graphics Gems, 1990.
 */
final class NiceNumbers {
    private NiceNumbers() {}

    /** The smallest nice step that is at least {@code least}. */
    static BigDecimal up(double least) {
        int exponent = (int) Math.floor(Math.log10(least));
        for (int digit : new int[] {1, 2, 5}) {
            BigDecimal step = BigDecimal.valueOf(digit, -exponent);
            if (step.doubleValue() >= least * (1 - 1e-9)) {
                return step;
            }
        }
        return BigDecimal.valueOf(1, -exponent - 1);
    }

    /** The multiples of a nice step in {@code min..max}, ascending: about {@code about} of them. */
    static List<BigDecimal> within(double min, double max, int about) {
        if (min >= max) {
            return List.of(BigDecimal.valueOf(min));
        }
        List<BigDecimal> ticks = multiples(up((max - min) / about), min, max);
        return ticks.size() > 2 ? ticks : multiples(up((max - min) / about / 2), min, max);
    }

    private static List<BigDecimal> multiples(BigDecimal step, double min, double max) {
        double slack = (max - min) * 1e-6; // the float 0.1 differs slightly from the decimal 0.1
        BigDecimal first = BigDecimal.valueOf(min - slack).divide(step, 0, RoundingMode.CEILING);
        List<BigDecimal> ticks = new ArrayList<>();
        for (BigDecimal tick = first.multiply(step); tick.doubleValue() <= max + slack; tick = tick.add(step)) {
            ticks.add(tick);
        }
        return ticks;
    }

    /**
     * Formats a number as a label: all digits of the step, a typographic minus, and powers of ten instead of many
     * zeros.
     */
    static String text(BigDecimal number) {
        String digits = manyZeros(number) ? scientific(number) : number.toPlainString();
        return digits.replace('-', '\u2212');
    }

    private static boolean manyZeros(BigDecimal number) {
        double magnitude = Math.abs(number.doubleValue());
        boolean few = number.stripTrailingZeros().precision() <= 4;
        return few && ((magnitude < 1e-4 && number.scale() > 4) || magnitude >= 1e6);
    }

    private static String scientific(BigDecimal number) {
        if (number.signum() == 0) {
            return "0";
        }
        var format = new DecimalFormat("0.###E0", DecimalFormatSymbols.getInstance(Locale.ROOT));
        return format.format(number).replace('E', 'e');
    }
}
