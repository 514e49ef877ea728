package dev.headlight.jinja;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;

/** Python's numbers: ints of at most 64 bits, floats, and bools, which are the ints 0 and 1. */
final class Numbers {
    private static final int DIGITS = 17; // enough to identify any double
    private static final int SCIENTIFIC_FROM = 16; // repr writes 1e16 with an exponent
    private static final int SCIENTIFIC_BELOW = -4;

    private Numbers() {}

    /** Whether a value is a number. */
    static boolean is(Object value) {
        return value instanceof Long || value instanceof Double || value instanceof Boolean;
    }

    /** Whether two values are numbers. */
    static boolean are(Object a, Object b) {
        return is(a) && is(b);
    }

    /** Whether a value can be an index or a count: an int or a bool. */
    static boolean isInteger(Object value) {
        return value instanceof Long || value instanceof Boolean;
    }

    /** The value of an int or a bool. */
    static long integer(Object value) {
        return value instanceof Boolean b ? (b ? 1 : 0) : (Long) value;
    }

    /** A number as a float. */
    static double real(Object value) {
        return value instanceof Double d ? d : (double) integer(value);
    }

    /** Compares two numbers: negative, 0 or positive. */
    static int compare(Object a, Object b) {
        if (isInteger(a) && isInteger(b)) {
            return Long.compare(integer(a), integer(b));
        }
        double x = real(a);
        double y = real(b);
        if (Double.isNaN(x) || Double.isNaN(y) || isLarge(a) || isLarge(b)) {
            throw new Unsupported("this comparison of numbers");
        }
        return x < y ? -1 : x > y ? 1 : 0; // -0.0 equals 0.0
    }

    private static boolean isLarge(Object value) {
        return value instanceof Long n && Math.abs(n) > 1L << 53; // not exact as a float
    }

    /** Applies one of {@code + - * / // % **}. */
    static Object operate(String operator, Object a, Object b) {
        try {
            return isInteger(a) && isInteger(b)
                    ? integers(operator, integer(a), integer(b))
                    : reals(operator, real(a), real(b));
        } catch (ArithmeticException e) {
            throw new Unsupported("an integer of more than 64 bits");
        }
    }

    private static Object integers(String operator, long a, long b) {
        return switch (operator) {
            case "+" -> Math.addExact(a, b);
            case "-" -> Math.subtractExact(a, b);
            case "*" -> Math.multiplyExact(a, b);
            case "//" -> floorDivide(a, nonZero(b));
            case "%" -> Math.floorMod(a, nonZero(b));
            case "/" -> reals(operator, exact(a), exact(b));
            case "**" -> power(a, b);
            default -> throw new IllegalArgumentException(operator);
        };
    }

    private static long floorDivide(long a, long b) {
        return b == -1 ? Math.negateExact(a) : Math.floorDiv(a, b);
    }

    private static long nonZero(long divisor) {
        if (divisor == 0) {
            throw new TemplateFault("division by zero");
        }
        return divisor;
    }

    private static double exact(long n) {
        if (isLarge(n)) {
            throw new Unsupported("division of a number this large");
        }
        return n;
    }

    private static long power(long base, long exponent) {
        if (exponent < 0 || exponent > Long.SIZE) {
            throw new Unsupported("this power");
        }
        long power = 1;
        for (long i = 0; i < exponent; i++) {
            power = Math.multiplyExact(power, base);
        }
        return power;
    }

    private static Object reals(String operator, double a, double b) {
        if (b == 0 && operator.contains("/")) {
            throw new TemplateFault("division by zero");
        }
        return switch (operator) {
            case "+" -> a + b;
            case "-" -> a - b;
            case "*" -> a * b;
            case "/" -> a / b;
            default -> throw new Unsupported("the operator " + operator + " on floats");
        };
    }

    /** The negative of a number. */
    static Object negate(Object value) {
        if (value instanceof Double d) {
            return -d;
        }
        return operate("-", 0L, integer(value));
    }

    /** A float as Python's {@code repr} writes it: the fewest digits that read back as the same float. */
    static String text(double value) {
        if (Double.isNaN(value)) {
            return "nan";
        } else if (Double.isInfinite(value)) {
            return value > 0 ? "inf" : "-inf";
        } else if (value == 0) {
            return 1 / value < 0 ? "-0.0" : "0.0";
        }
        BigDecimal exact = new BigDecimal(value);
        BigDecimal shortest = exact;
        for (int digits = 1; digits <= DIGITS; digits++) {
            shortest = exact.round(new MathContext(digits, RoundingMode.HALF_EVEN));
            if (shortest.doubleValue() == value) {
                break;
            }
        }
        return write(shortest.stripTrailingZeros());
    }

    private static String write(BigDecimal decimal) {
        int exponent = decimal.precision() - decimal.scale() - 1;
        if (exponent >= SCIENTIFIC_BELOW && exponent < SCIENTIFIC_FROM) {
            String plain = decimal.toPlainString();
            return decimal.scale() > 0 ? plain : plain + ".0";
        }
        String digits = decimal.unscaledValue().abs().toString();
        String fraction = digits.length() > 1 ? "." + digits.substring(1) : "";
        return (decimal.signum() < 0 ? "-" : "") + digits.charAt(0) + fraction + "e" + (exponent < 0 ? "-" : "+")
                + (Math.abs(exponent) < 10 ? "0" : "") + Math.abs(exponent);
    }
}
