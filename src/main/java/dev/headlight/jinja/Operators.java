package dev.headlight.jinja;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Arithmetic, comparison and slice operators. */
final class Operators {
    private static final Map<String, String> VERBS = Map.of(
            "+",
            "be added",
            "-",
            "be subtracted",
            "*",
            "be multiplied",
            "/",
            "be divided",
            "//",
            "be divided",
            "%",
            "be divided",
            "**",
            "be raised to a power");

    private Operators() {}

    /** Applies one of {@code + - * / // % **}. */
    static Object operate(Budget budget, String operator, Object a, Object b) {
        if (Numbers.are(a, b)) {
            return Numbers.operate(operator, a, b);
        } else if (operator.equals("+") && a instanceof String s && b instanceof String t) {
            budget.make((long) s.length() + t.length());
            return s + t;
        } else if (operator.equals("+") && a instanceof List<?> s && b instanceof List<?> t) {
            return joined(budget, s, t);
        } else if (operator.equals("+") && a instanceof Tuple s && b instanceof Tuple t) {
            return new Tuple(joined(budget, s.items(), t.items()));
        } else if (operator.equals("*") && Numbers.isInteger(b)) {
            return repeat(budget, a, b);
        } else if (operator.equals("*") && Numbers.isInteger(a)) {
            return repeat(budget, b, a);
        } else if (operator.equals("%") && a instanceof String) {
            throw new Unsupported("formatting with %");
        }
        throw Values.cannot(Objects.requireNonNull(VERBS.get(operator)), a, b);
    }

    private static List<Object> joined(Budget budget, List<?> a, List<?> b) {
        budget.list((long) a.size() + b.size());
        List<Object> joined = new ArrayList<>(a);
        joined.addAll(b);
        return joined;
    }

    private static Object repeat(Budget budget, Object value, Object count) {
        long times = Math.max(0, Numbers.integer(count));
        if (value instanceof String s) {
            budget.make(bounded(s.length(), times));
            return s.repeat((int) times);
        } else if (value instanceof List<?> list) {
            budget.list(bounded(list.size(), times));
            return repeated(list, times);
        } else if (value instanceof Tuple tuple) {
            budget.list(bounded(tuple.items().size(), times));
            return new Tuple(repeated(tuple.items(), times));
        }
        throw Values.cannot("be multiplied", value, count);
    }

    private static List<Object> repeated(List<?> list, long times) {
        return Collections.nCopies(list.isEmpty() ? 0 : (int) times, list).stream()
                .<Object>flatMap(List::stream)
                .toList();
    }

    /** The product, or a number beyond any budget if it is too large. */
    private static long bounded(int size, long times) {
        return size == 0 ? 0 : times > Integer.MAX_VALUE ? Integer.MAX_VALUE : size * times;
    }

    /** Applies the unary minus. */
    static Object negate(Object value) {
        if (Numbers.is(value)) {
            return Numbers.negate(value);
        }
        throw value instanceof Undefined undefined
                ? undefined.fault()
                : new TemplateFault("a value of type " + Values.type(value) + " cannot be negated");
    }

    /** Applies one of {@code == != < <= > >= in not in}. */
    static boolean compare(Budget budget, String operator, Object a, Object b) {
        return switch (operator) {
            case "==" -> Comparisons.equal(budget, a, b);
            case "!=" -> !Comparisons.equal(budget, a, b);
            case "<" -> Comparisons.compare(budget, a, b) < 0;
            case "<=" -> Comparisons.compare(budget, a, b) <= 0;
            case ">" -> Comparisons.compare(budget, a, b) > 0;
            case ">=" -> Comparisons.compare(budget, a, b) >= 0;
            case "in" -> Comparisons.contains(budget, b, a);
            case "not in" -> !Comparisons.contains(budget, b, a);
            default -> throw new IllegalArgumentException(operator);
        };
    }

    /** Evaluates {@code value[start:stop:step]}; each bound may be {@code None}. */
    static Object slice(Budget budget, Object value, Object start, Object stop, Object step) {
        if (value instanceof Undefined undefined) {
            throw undefined.fault();
        } else if (value instanceof String s) {
            return String.join("", slice(budget, strings(budget, s), start, stop, step));
        } else if (value instanceof List<?> list) {
            return slice(budget, Values.list(list), start, stop, step);
        } else if (value instanceof Tuple tuple) {
            return new Tuple(slice(budget, tuple.items(), start, stop, step));
        } else if (value instanceof Sequence || value instanceof Markup) {
            throw new Unsupported("a slice of a value of type " + Values.type(value));
        }
        throw new TemplateFault("a value of type " + Values.type(value) + " cannot be sliced");
    }

    private static List<String> strings(Budget budget, String s) {
        return Values.elements(budget, s).stream().map(String.class::cast).toList();
    }

    private static <T> List<T> slice(Budget budget, List<T> list, Object start, Object stop, Object step) {
        long by = bound(step, 1);
        if (by == 0) {
            throw new TemplateFault("the step of a slice must not be 0");
        }
        int size = list.size();
        budget.list(size);
        long low = by > 0 ? 0 : -1;
        long high = by > 0 ? size : size - 1;
        long from = clamp(bound(start, by > 0 ? low : high), start, size, low, high);
        long to = clamp(bound(stop, by > 0 ? high : low), stop, size, low, high);
        List<T> slice = new ArrayList<>();
        for (long i = from;
                by > 0 ? i < to : i > to;
                i = Math.addExact(i, Math.max(-size - 1L, Math.min(size + 1L, by)))) {
            slice.add(list.get((int) i));
        }
        return slice;
    }

    private static long bound(Object value, long otherwise) {
        if (value == None.NONE) {
            return otherwise;
        } else if (Numbers.isInteger(value)) {
            return Numbers.integer(value);
        }
        throw new TemplateFault("the bounds of a slice must be integers, not of type " + Values.type(value));
    }

    /** Resolves a bound; a given negative one counts from the end. */
    private static long clamp(long bound, Object given, int size, long low, long high) {
        long from = given != None.NONE && bound < 0 ? bound + size : bound;
        return Math.max(low, Math.min(high, from));
    }
}
