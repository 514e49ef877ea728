package dev.headlight.jinja;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The methods of Python's {@code str} that templates use, by name. */
final class StringMethods {
    /** Names of all methods. */
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

    /** Methods that read the string and make no text. */
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

    /** Calls a method of a string; {@code name} is one of {@link #NAMES}. */
    static Object call(Budget budget, String s, String name, Arguments arguments) {
        if (READING.contains(name)) {
            budget.read(s.length());
            return read(budget, s, name, arguments);
        }
        budget.make(s.length());
        return make(budget, s, name, arguments);
    }

    private static Object read(Budget budget, String s, String name, Arguments arguments) {
        return switch (name) {
            case "startswith" -> anyOf(name, arguments, s::startsWith);
            case "endswith" -> anyOf(name, arguments, s::endsWith);
            case "find" -> (long) Substrings.find(budget, s, text(name, arguments), false);
            case "rfind" -> (long) Substrings.find(budget, s, text(name, arguments), true);
            case "index" -> Substrings.index(budget, s, text(name, arguments), false);
            case "rindex" -> Substrings.index(budget, s, text(name, arguments), true);
            case "count" -> Substrings.count(budget, s, text(name, arguments));
            default -> {
                arguments.bindPositional(name, 0);
                yield is(s, name);
            }
        };
    }

    private static boolean is(String s, String name) {
        return switch (name) {
            case "isspace" -> Text.isSpace(s);
            case "isdigit" -> LetterCase.all(s, name, c -> c >= '0' && c <= '9');
            case "isalpha" -> LetterCase.all(s, name, Character::isLetter);
            case "isalnum" -> LetterCase.all(s, name, Character::isLetterOrDigit);
            case "isupper" -> LetterCase.isCase(s, name, 'a', 'z');
            case "islower" -> LetterCase.isCase(s, name, 'A', 'Z');
            default -> throw new IllegalArgumentException(name);
        };
    }

    private static Object make(Budget budget, String s, String name, Arguments arguments) {
        return switch (name) {
            case "strip" -> strip(budget, s, characters(name, arguments), true, true);
            case "lstrip" -> strip(budget, s, characters(name, arguments), true, false);
            case "rstrip" -> strip(budget, s, characters(name, arguments), false, true);
            case "split" -> StringSplitting.split(budget, s, arguments);
            case "rsplit" -> StringSplitting.splitFromRight(budget, s, arguments);
            case "splitlines" -> StringSplitting.lines(budget, s, arguments);
            case "partition", "rpartition" ->
                StringSplitting.partition(budget, s, text(name, arguments), name.equals("rpartition"));
            case "removeprefix" -> Substrings.removePrefix(s, text(name, arguments));
            case "removesuffix" -> Substrings.removeSuffix(s, text(name, arguments));
            case "replace" -> replace(budget, s, arguments);
            case "join" -> join(budget, s, arguments);
            case "format" -> StrFormat.format(budget, s, arguments);
            default -> {
                arguments.bindPositional(name, 0);
                yield inCase(s, name);
            }
        };
    }

    private static String inCase(String s, String name) {
        return switch (name) {
            case "upper" -> LetterCase.upper(s);
            case "lower" -> LetterCase.lower(s);
            case "capitalize" -> LetterCase.capitalize(s);
            case "title" -> LetterCase.title(s);
            default -> throw new IllegalArgumentException(name);
        };
    }

    private static String text(String name, Arguments arguments) {
        @Nullable Object[] bound = arguments.bindPositional(name, 1, "text", "start", "end");
        if (bound[1] != null) {
            throw new Unsupported(name + " with a start position");
        }
        return string(name, Objects.requireNonNull(bound[0]));
    }

    /** Checks that an argument is text, and returns it. */
    static String string(String name, Object value) {
        if (value instanceof String s) {
            return s;
        } else if (value instanceof Markup) {
            throw new Unsupported(name + " of text marked as safe");
        }
        throw new TemplateFault(name + " takes text, not a value of type " + Values.type(value));
    }

    /** The characters to strip; null for whitespace. */
    private static @Nullable String characters(String name, Arguments arguments) {
        Object given = arguments.bindPositional(name, 0, "chars")[0];
        return given == null || given == None.NONE ? null : string(name, given);
    }

    /** Python's {@code str.strip}; {@code characters} is null for whitespace. */
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

    private static boolean anyOf(String name, Arguments arguments, Predicate<String> test) {
        Object first = arguments.positional().isEmpty()
                ? None.NONE
                : arguments.positional().get(0);
        if (first instanceof Tuple tuple && arguments.size() == 1) {
            return tuple.items().stream().anyMatch(x -> test.test(string(name, x)));
        }
        return test.test(text(name, arguments));
    }

    private static String replace(Budget budget, String s, Arguments arguments) {
        @Nullable Object[] bound = arguments.bindPositional("replace", 2, "old", "new", "count");
        return Substrings.replace(
                budget,
                s,
                string("replace", Objects.requireNonNull(bound[0])),
                string("replace", Objects.requireNonNull(bound[1])),
                bound[2]);
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

    /** Python's {@code str.join}. */
    static String join(Budget budget, String separator, List<String> items) {
        List<String> counted = new ArrayList<>();
        for (String item : items) {
            budget.make((long) item.length() + separator.length());
            counted.add(item);
        }
        return String.join(separator, Collections.unmodifiableList(counted));
    }
}
