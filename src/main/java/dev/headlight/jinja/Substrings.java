package dev.headlight.jinja;

import org.jspecify.annotations.Nullable;

/** Methods of Python's {@code str} that find, count, remove or replace parts of a string. */
final class Substrings {
    private Substrings() {}

    /** Python's {@code str.removeprefix}. */
    static String removePrefix(String s, String prefix) {
        return s.startsWith(prefix) ? s.substring(prefix.length()) : s;
    }

    /** Python's {@code str.removesuffix}. */
    static String removeSuffix(String s, String suffix) {
        return s.endsWith(suffix) ? s.substring(0, s.length() - suffix.length()) : s;
    }

    /** Python's {@code str.find} and {@code rfind}, in code points; -1 if there is no match. */
    static int find(Budget budget, String s, String part, boolean last) {
        budget.search(s, part);
        int at = last ? s.lastIndexOf(part) : s.indexOf(part);
        return at < 0 ? -1 : s.codePointCount(0, at);
    }

    /** Python's {@code str.index} and {@code rindex}, in code points. */
    static long index(Budget budget, String s, String part, boolean last) {
        int at = find(budget, s, part, last);
        if (at < 0) {
            throw new TemplateFault("substring not found");
        }
        return at;
    }

    /** Python's {@code str.count}. */
    static long count(Budget budget, String s, String part) {
        if (part.isEmpty()) {
            return Text.length(s) + 1L;
        }
        budget.search(s, part);
        long count = 0;
        for (int at = s.indexOf(part); at >= 0; at = s.indexOf(part, at + part.length())) {
            count++;
        }
        return count;
    }

    /**
     * Python's {@code str.replace}.
     *
     * @param most number of matches to replace; null or negative for all
     */
    static String replace(Budget budget, String s, String old, String by, @Nullable Object most) {
        if (most != null && !Numbers.isInteger(most)) {
            throw new TemplateFault("replace takes an integer count, not a value of type " + Values.type(most));
        } else if (old.isEmpty()) {
            throw new Unsupported("replacing empty text");
        }
        long limit = most == null || Numbers.integer(most) < 0 ? Long.MAX_VALUE : Numbers.integer(most);
        long replaced = Math.min(limit, count(budget, s, old));
        budget.make(s.length() + replaced * by.length());
        StringBuilder out = new StringBuilder();
        int from = 0;
        for (long i = 0; i < replaced; i++) {
            int at = s.indexOf(old, from);
            out.append(s, from, at).append(by);
            from = at + old.length();
        }
        return out.append(s.substring(from)).toString();
    }
}
