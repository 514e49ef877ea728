package dev.headlight.jinja;

import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Python's comparisons of values: equality, order and membership. */
final class Comparisons {
    private Comparisons() {}

    /** The operator {@code ==}. */
    static boolean equal(Budget budget, Object a, Object b) {
        budget.step();
        if (a == b) {
            return !(a instanceof Double d && d.isNaN());
        } else if (a instanceof Markup || b instanceof Markup) {
            throw new Unsupported("a comparison of text marked as safe");
        } else if (a instanceof String s && b instanceof String t) {
            budget.read(Math.min(s.length(), t.length()));
            return s.equals(t);
        } else if (Numbers.are(a, b)) {
            return Numbers.compare(a, b) == 0;
        } else if (a instanceof List<?> s && b instanceof List<?> t) {
            return equalElements(budget, s, t);
        } else if (a instanceof Tuple s && b instanceof Tuple t) {
            return equalElements(budget, s.items(), t.items());
        } else if (a instanceof Map<?, ?> s && b instanceof Map<?, ?> t) {
            return equalEntries(budget, Values.dict(s), Values.dict(t));
        } else if (a instanceof Sequence && b instanceof Sequence) {
            throw new Unsupported("a comparison of a " + Values.type(a) + " and a " + Values.type(b));
        }
        return a instanceof Undefined && b instanceof Undefined;
    }

    private static boolean equalElements(Budget budget, List<?> a, List<?> b) {
        budget.enter();
        Iterator<?> other = b.iterator();
        boolean equal = a.size() == b.size() && a.stream().allMatch(x -> equal(budget, x, other.next()));
        budget.leave();
        return equal;
    }

    private static boolean equalEntries(Budget budget, Map<Object, Object> a, Map<Object, Object> b) {
        budget.enter();
        boolean equal = a.size() == b.size()
                && a.keySet().stream()
                        .allMatch(k -> b.containsKey(k)
                                && equal(budget, Objects.requireNonNull(a.get(k)), Objects.requireNonNull(b.get(k))));
        budget.leave();
        return equal;
    }

    /**
     * Orders two values.
     *
     * @return negative, 0 or positive
     * @throws TemplateFault if Python cannot order them
     */
    static int compare(Budget budget, Object a, Object b) {
        budget.step();
        if (Numbers.are(a, b)) {
            return Numbers.compare(a, b);
        } else if (a instanceof String s && b instanceof String t) {
            budget.read(Math.min(s.length(), t.length()));
            return Text.compare(s, t);
        } else if (a instanceof List<?> s && b instanceof List<?> t) {
            return compareElements(budget, s, t);
        } else if (a instanceof Tuple s && b instanceof Tuple t) {
            return compareElements(budget, s.items(), t.items());
        }
        throw Values.cannot("be ordered", a, b);
    }

    private static int compareElements(Budget budget, List<?> a, List<?> b) {
        budget.enter();
        int order = order(budget, a, b);
        budget.leave();
        return order;
    }

    private static int order(Budget budget, List<?> a, List<?> b) {
        for (int i = 0; i < Math.min(a.size(), b.size()); i++) {
            if (!equal(budget, a.get(i), b.get(i))) {
                return compare(budget, a.get(i), b.get(i));
            }
        }
        return Integer.compare(a.size(), b.size());
    }

    /** The operator {@code in}. */
    static boolean contains(Budget budget, Object container, Object value) {
        budget.step();
        if (container instanceof String s) {
            if (value instanceof String t) {
                budget.search(s, t);
                return s.contains(t);
            }
            throw Values.cannot("be searched for", container, value);
        } else if (container instanceof Map<?, ?> map) {
            return map.containsKey(Values.key(value));
        }
        return Values.elements(budget, container).stream().anyMatch(x -> equal(budget, x, value));
    }
}
