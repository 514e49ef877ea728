package dev.headlight.jinja;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The splitting methods of Python's {@code str}. */
final class StringSplitting {
    private static final String LINE_ENDS = "\n\r\u000b\f\u001c\u001d\u001e\u0085\u2028\u2029";

    private StringSplitting() {}

    /** Python's {@code str.split}. */
    static List<Object> split(Budget budget, String s, Arguments arguments) {
        @Nullable Object[] bound = arguments.bind("split", 0, "sep", "maxsplit");
        long most = most(bound[1]);
        String separator = separator("split", bound[0]);
        budget.search(s, separator == null ? " " : separator);
        return separator == null ? words(budget, s, most) : parts(budget, s, separator, most);
    }

    /** Python's {@code str.rsplit}. */
    static List<Object> splitFromRight(Budget budget, String s, Arguments arguments) {
        @Nullable Object[] bound = arguments.bind("rsplit", 0, "sep", "maxsplit");
        String separator = separator("rsplit", bound[0]);
        if (separator == null) {
            throw new Unsupported("rsplit at whitespace");
        }
        budget.search(s, separator);
        List<Object> parts = new ArrayList<>();
        long left = most(bound[1]);
        int to = s.length();
        for (int at = s.lastIndexOf(separator); at >= 0 && left > 0; left--) {
            budget.values(1);
            parts.add(s.substring(at + separator.length(), to));
            to = at;
            at = at < separator.length() ? -1 : s.lastIndexOf(separator, at - separator.length());
        }
        parts.add(s.substring(0, to));
        Collections.reverse(parts);
        return parts;
    }

    private static @Nullable String separator(String name, @Nullable Object given) {
        if (given == null || given == None.NONE) {
            return null;
        }
        String separator = StringMethods.string(name, given);
        if (separator.isEmpty()) {
            throw new TemplateFault("the separator of " + name + " is empty");
        }
        return separator;
    }

    private static long most(@Nullable Object given) {
        if (given == null) {
            return Long.MAX_VALUE;
        } else if (!Numbers.isInteger(given)) {
            throw new TemplateFault("maxsplit must be an integer, not of type " + Values.type(given));
        }
        return Numbers.integer(given) < 0 ? Long.MAX_VALUE : Numbers.integer(given);
    }

    private static List<Object> parts(Budget budget, String s, String separator, long most) {
        List<Object> parts = new ArrayList<>();
        int from = 0;
        for (int at = s.indexOf(separator); at >= 0 && parts.size() < most; at = s.indexOf(separator, from)) {
            budget.values(1);
            parts.add(s.substring(from, at));
            from = at + separator.length();
        }
        parts.add(s.substring(from));
        return parts;
    }

    /** Splits at runs of whitespace. */
    private static List<Object> words(Budget budget, String s, long most) {
        List<Object> words = new ArrayList<>();
        for (int from = skip(s, 0, true); from < s.length(); ) {
            if (words.size() == most) {
                words.add(s.substring(from)); // including whitespace at its end
                break;
            }
            int to = skip(s, from, false);
            budget.values(1);
            words.add(s.substring(from, to));
            from = skip(s, to, true);
        }
        return words;
    }

    /** Skips characters that are whitespace, or that are not. */
    private static int skip(String s, int from, boolean space) {
        int at = from;
        while (at < s.length() && Text.isSpace(s.charAt(at)) == space) {
            at++;
        }
        return at;
    }

    /** Python's {@code str.splitlines}. */
    static List<Object> lines(Budget budget, String s, Arguments arguments) {
        Object keep = arguments.bind("splitlines", 0, "keepends")[0];
        if (keep != null && Values.truth(keep)) {
            throw new Unsupported("splitlines with keepends");
        }
        return lines(budget, s);
    }

    /** Lines of a text without their ends. */
    static List<Object> lines(Budget budget, String s) {
        List<Object> lines = new ArrayList<>();
        int from = 0;
        for (int at = 0; at < s.length(); at++) {
            if (LINE_ENDS.indexOf(s.charAt(at)) >= 0) {
                budget.values(1);
                lines.add(s.substring(from, at));
                boolean pair = s.charAt(at) == '\r' && at + 1 < s.length() && s.charAt(at + 1) == '\n';
                at += pair ? 1 : 0;
                from = at + 1;
            }
        }
        if (from < s.length()) {
            lines.add(s.substring(from));
        }
        return lines;
    }

    /** Python's {@code str.partition} and {@code rpartition}: the text before, the separator, the text after. */
    static Tuple partition(Budget budget, String s, String separator, boolean last) {
        if (separator.isEmpty()) {
            throw new TemplateFault("the separator of partition is empty");
        }
        budget.search(s, separator);
        int at = last ? s.lastIndexOf(separator) : s.indexOf(separator);
        if (at < 0) {
            return new Tuple(last ? List.of("", "", s) : List.of(s, "", ""));
        }
        return new Tuple(List.of(s.substring(0, at), separator, s.substring(at + separator.length())));
    }
}
