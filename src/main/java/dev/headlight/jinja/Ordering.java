package dev.headlight.jinja;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Filters that compare elements: dictsort, sort, min, max, unique. They ignore case unless asked not to. */
final class Ordering {
    private Ordering() {}

    /** The filter {@code dictsort}. */
    static Object dictsort(Frame frame, Object value, Arguments arguments) {
        @Nullable Object[] bound = arguments.bind("dictsort", 0, "case_sensitive", "by", "reverse");
        if (!(value instanceof Map<?, ?> map)) {
            throw Values.cannot("be sorted as a dict", value, value);
        }
        Object by = Objects.requireNonNullElse(bound[1], "key");
        if (!by.equals("key") && !by.equals("value")) {
            throw new TemplateFault("dictsort takes by='key' or by='value'");
        }
        boolean exact = bound[0] != null && Values.truth(bound[0]);
        int at = by.equals("key") ? 0 : 1;
        return sorted(
                frame,
                Attributes.items(frame.budget(), Values.dict(map)),
                x -> folded(((Tuple) x).items().get(at), exact),
                bound[2] != null && Values.truth(bound[2]));
    }

    /** The filter {@code sort}. */
    static Object sort(Frame frame, Object value, Arguments arguments) {
        @Nullable Object[] bound = arguments.bind("sort", 0, "reverse", "case_sensitive", "attribute");
        boolean exact = bound[1] != null && Values.truth(bound[1]);
        if (bound[2] instanceof String names && names.contains(",")) {
            throw new Unsupported("sorting by several attributes");
        }
        return sorted(
                frame,
                Values.elements(frame.budget(), value),
                x -> folded(SelectFilters.attribute(frame, x, bound[2], null), exact),
                bound[0] != null && Values.truth(bound[0]));
    }

    /** Makes the key to compare an element by. */
    private interface Key {
        Object of(Object item);
    }

    private static List<Object> sorted(Frame frame, List<Object> items, Key key, boolean reverse) {
        List<Object> sorted = Values.copy(frame.budget(), items);
        Comparator<Object> order = (a, b) -> Comparisons.compare(frame.budget(), key.of(a), key.of(b));
        sorted.sort(reverse ? order.reversed() : order); // stable in both directions, as in Python
        return sorted;
    }

    /** A value to compare by: text in lower case unless {@code exact}. */
    static Object folded(Object value, boolean exact) {
        return !exact && value instanceof String s ? LetterCase.lower(s) : value;
    }

    /** The filters {@code min} (sign -1) and {@code max} (sign 1). */
    static Object extreme(Frame frame, Object value, Arguments arguments, int sign) {
        @Nullable Object[] bound = arguments.bind("min", 0, "case_sensitive", "attribute");
        boolean exact = bound[0] != null && Values.truth(bound[0]);
        @Nullable Object best = null;
        @Nullable Object bestKey = null;
        for (Object item : Values.elements(frame.budget(), value)) {
            Object key = folded(SelectFilters.attribute(frame, item, bound[1], null), exact);
            if (bestKey == null || sign * Comparisons.compare(frame.budget(), key, bestKey) > 0) {
                best = item;
                bestKey = key;
            }
        }
        return best == null ? new Undefined("No aggregated item, sequence was empty.") : best;
    }

    /** The filter {@code unique}. */
    static Object unique(Frame frame, Object value, Arguments arguments) {
        @Nullable Object[] bound = arguments.bind("unique", 0, "case_sensitive", "attribute");
        boolean exact = bound[0] != null && Values.truth(bound[0]);
        List<Object> seen = new ArrayList<>();
        List<Object> unique = new ArrayList<>();
        for (Object item : Values.elements(frame.budget(), value)) {
            Object key = Values.key(folded(SelectFilters.attribute(frame, item, bound[1], null), exact));
            if (seen.stream().noneMatch(x -> Comparisons.equal(frame.budget(), x, key))) {
                seen.add(key);
                unique.add(item);
            }
        }
        return new Sequence(Sequence.Kind.GENERATOR, unique);
    }
}
