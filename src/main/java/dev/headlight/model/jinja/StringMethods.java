package dev.headlight.model.jinja;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The methods of Python's {@code str} that templates use. */
final class StringMethods {
    static final Set<String> NAMES = Set.of(
            "capitalize",
            "count",
            "endswith",
            "find",
            "format",
            "index",
            "isalnum",
            "isalpha",
            "isdigit",
            "islower",
            "isspace",
            "isupper",
            "join",
            "lower",
            "lstrip",
            "partition",
            "removeprefix",
            "removesuffix",
            "replace",
            "rfind",
            "rindex",
            "rpartition",
            "rsplit",
            "rstrip",
            "split",
            "splitlines",
            "startswith",
            "strip",
            "title",
            "upper");

    /** Those that make no text. */
    private static final Set<String> READING = Set.of(
            "count",
            "endswith",
            "find",
            "index",
            "isalnum",
            "isalpha",
            "isdigit",
            "islower",
            "isspace",
            "isupper",
            "rfind",
            "rindex",
            "startswith");

    private StringMethods() {}

    static Object call(Budget budget, String s, String name, Arguments arguments) {
        if (READING.contains(name)) {
            budget.read(s.length());
        } else {
            budget.make(s.length());
        }
        return switch (name) {
            case "strip" -> strip(budget, s, characters(name, arguments), true, true);
            case "lstrip" -> strip(budget, s, characters(name, arguments), true, false);
            case "rstrip" -> strip(budget, s, characters(name, arguments), false, true);
            case "split" -> Splitting.split(budget, s, arguments);
            case "rsplit" -> Splitting.splitFromRight(budget, s, arguments);
            case "splitlines" -> Splitting.lines(budget, s, arguments);
            case "partition", "rpartition" ->
                Splitting.partition(budget, s, text(name, arguments), name.equals("rpartition"));
            case "startswith" -> anyOf(name, arguments, s::startsWith);
            case "endswith" -> anyOf(name, arguments, s::endsWith);
            case "removeprefix" -> removePrefix(s, text(name, arguments));
            case "removesuffix" -> removeSuffix(s, text(name, arguments));
            case "find" -> (long) find(budget, s, text(name, arguments), false);
            case "rfind" -> (long) find(budget, s, text(name, arguments), true);
            case "index" -> index(budget, s, text(name, arguments), false);
            case "rindex" -> index(budget, s, text(name, arguments), true);
            case "count" -> count(budget, s, text(name, arguments));
            case "replace" -> replace(budget, s, arguments);
            case "join" -> join(budget, s, arguments);
            case "format" -> Formatting.format(budget, s, arguments);
            default -> {
                arguments.bindPositional(name, 0);
                yield withoutArguments(s, name);
            }
        };
    }

    private static Object withoutArguments(String s, String name) {
        return switch (name) {
            case "upper" -> LetterCase.upper(s);
            case "lower" -> LetterCase.lower(s);
            case "capitalize" -> LetterCase.capitalize(s);
            case "title" -> LetterCase.title(s);
            case "isspace" -> Text.isSpace(s);
            case "isdigit" -> LetterCase.all(s, name, c -> c >= '0' && c <= '9');
            case "isalpha" -> LetterCase.all(s, name, Character::isLetter);
            case "isalnum" -> LetterCase.all(s, name, Character::isLetterOrDigit);
            case "isupper" -> LetterCase.isCase(s, name, 'a', 'z');
            case "islower" -> LetterCase.isCase(s, name, 'A', 'Z');
            default -> throw new IllegalArgumentException(name);
        };
    }

    private static String text(String name, Arguments arguments) {
        @Nullable Object[] bound = arguments.bindPositional(name, 1, "text", "start", "end");
        if (bound[1] != null) {
            throw new Unsupported(name + " from a position");
        }
        return string(name, Objects.requireNonNull(bound[0]));
    }

    static String string(String name, Object value) {
        if (value instanceof String s) {
            return s;
        } else if (value instanceof Safe) {
            throw new Unsupported(name + " of text marked as safe");
        }
        throw new TemplateFault(name + " takes text, not a value of type " + Values.type(value));
    }

    /** The characters to strip; null for whitespace. */
    private static @Nullable String characters(String name, Arguments arguments) {
        Object given = arguments.bindPositional(name, 0, "chars")[0];
        return given == null || given == None.NONE ? null : string(name, given);
    }

    static String strip(Budget budget, String s, @Nullable String characters, boolean left, boolean right) {
        if (characters == null) {
            String rest = left ? Text.stripLeft(s) : s;
            return right ? Text.stripRight(rest) : rest;
        }
        budget.read((long) s.length() * characters.length());
        int from = 0;
        int to = s.length();
        while (left && from < to && characters.indexOf(s.codePointAt(from)) >= 0) {
            from += Character.charCount(s.codePointAt(from));
        }
        while (right && from < to && characters.indexOf(s.codePointBefore(to)) >= 0) {
            to -= Character.charCount(s.codePointBefore(to));
        }
        return s.substring(from, to);
    }

    private static boolean anyOf(String name, Arguments arguments, Predicate<String> such) {
        Object first = arguments.positional().isEmpty()
                ? None.NONE
                : arguments.positional().get(0);
        if (first instanceof Tuple tuple && arguments.size() == 1) {
            return tuple.items().stream().anyMatch(x -> such.test(string(name, x)));
        }
        return such.test(text(name, arguments));
    }

    private static String removePrefix(String s, String prefix) {
        return s.startsWith(prefix) ? s.substring(prefix.length()) : s;
    }

    private static String removeSuffix(String s, String suffix) {
        return s.endsWith(suffix) ? s.substring(0, s.length() - suffix.length()) : s;
    }

    /** In code points; -1 for nowhere. */
    private static int find(Budget budget, String s, String part, boolean last) {
        budget.search(s, part);
        int at = last ? s.lastIndexOf(part) : s.indexOf(part);
        return at < 0 ? -1 : s.codePointCount(0, at);
    }

    private static long index(Budget budget, String s, String part, boolean last) {
        int at = find(budget, s, part, last);
        if (at < 0) {
            throw new TemplateFault("substring not found");
        }
        return at;
    }

    private static long count(Budget budget, String s, String part) {
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

    private static String replace(Budget budget, String s, Arguments arguments) {
        @Nullable Object[] bound = arguments.bindPositional("replace", 2, "old", "new", "count");
        return replace(
                budget,
                s,
                string("replace", Objects.requireNonNull(bound[0])),
                string("replace", Objects.requireNonNull(bound[1])),
                bound[2]);
    }

    /** @param most how many are replaced; null or negative for all */
    static String replace(Budget budget, String s, String old, String by, @Nullable Object most) {
        if (most != null && !Numbers.isInteger(most)) {
            throw new TemplateFault("replace takes an integer count, not a value of type " + Values.type(most));
        } else if (old.isEmpty()) {
            throw new Unsupported("the replacement of empty text");
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

    private static String join(Budget budget, String separator, Arguments arguments) {
        Object items = Objects.requireNonNull(arguments.bindPositional("join", 1, "items")[0]);
        return join(
                budget,
                separator,
                Values.elements(budget, items).stream()
                        .map(x -> string("join", x))
                        .toList());
    }

    static String join(Budget budget, String separator, List<String> items) {
        List<String> counted = new ArrayList<>();
        for (String item : items) {
            budget.make((long) item.length() + separator.length());
            counted.add(item);
        }
        return String.join(separator, Collections.unmodifiableList(counted));
    }
}
