package dev.headlight.jinja;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Jinja's tests, which follow {@code is}. */
final class Tests {
    private static final Map<String, String> COMPARISONS = Map.ofEntries(
            Map.entry("==", "=="),
            Map.entry("eq", "=="),
            Map.entry("equalto", "=="),
            Map.entry("!=", "!="),
            Map.entry("ne", "!="),
            Map.entry(">", ">"),
            Map.entry("gt", ">"),
            Map.entry("greaterthan", ">"),
            Map.entry(">=", ">="),
            Map.entry("ge", ">="),
            Map.entry("<", "<"),
            Map.entry("lt", "<"),
            Map.entry("lessthan", "<"),
            Map.entry("<=", "<="),
            Map.entry("le", "<="),
            Map.entry("in", "in"));
    private static final Set<String> SIMPLE = Set.of(
            "boolean",
            "callable",
            "defined",
            "even",
            "false",
            "float",
            "integer",
            "iterable",
            "mapping",
            "none",
            "number",
            "odd",
            "sequence",
            "string",
            "true",
            "undefined");
    /** Tests of Jinja that are not implemented here. */
    private static final Set<String> UNSUPPORTED = Set.of("escaped", "filter", "lower", "test", "upper");

    private Tests() {}

    /** Whether Jinja has a test of this name. */
    static boolean exist(String name) {
        return COMPARISONS.containsKey(name)
                || SIMPLE.contains(name)
                || UNSUPPORTED.contains(name)
                || name.equals("divisibleby")
                || name.equals("sameas");
    }

    /** Applies a test to a value. */
    static boolean apply(Frame frame, String name, Object value, Arguments arguments) {
        frame.budget().step();
        if (COMPARISONS.containsKey(name)) {
            Object other = Objects.requireNonNull(arguments.bindPositional(name, 1, "other")[0]);
            return Operators.compare(frame.budget(), Objects.requireNonNull(COMPARISONS.get(name)), value, other);
        } else if (SIMPLE.contains(name)) {
            arguments.bind(name, 0);
            return simple(frame, name, value);
        } else if (UNSUPPORTED.contains(name)) {
            throw new Unsupported("the test '" + name + "'");
        }
        @Nullable Object[] bound = arguments.bind(name, 1, name.equals("sameas") ? "other" : "num");
        Object other = Objects.requireNonNull(bound[0]);
        return switch (name) {
            case "divisibleby" -> isZero(Operators.operate(frame.budget(), "%", value, other));
            case "sameas" -> same(value, other);
            default -> throw new TemplateFault("there is no test named '" + name + "'");
        };
    }

    private static boolean simple(Frame frame, String name, Object value) {
        if (value instanceof Loop) {
            throw new Unsupported("a test of the variable loop");
        }
        return switch (name) {
            case "defined" -> !(value instanceof Undefined);
            case "undefined" -> value instanceof Undefined;
            case "none" -> value == None.NONE;
            case "boolean" -> value instanceof Boolean;
            case "true" -> Boolean.TRUE.equals(value);
            case "false" -> Boolean.FALSE.equals(value);
            case "integer" -> value instanceof Long;
            case "float" -> value instanceof Double;
            case "number" -> Numbers.is(value);
            case "string" -> value instanceof String || value instanceof Markup;
            case "mapping" -> value instanceof Map;
            case "iterable" -> isSequence(value) || value instanceof Sequence;
            case "sequence" -> isSequence(value) || (value instanceof Sequence s && s.kind() == Sequence.Kind.RANGE);
            case "callable" -> value instanceof Function || value instanceof Undefined;
            case "even" -> isZero(Operators.operate(frame.budget(), "%", value, 2L));
            case "odd" -> !isZero(Operators.operate(frame.budget(), "%", value, 2L));
            default -> throw new IllegalArgumentException(name);
        };
    }

    /** Whether Jinja counts a value as a sequence, which includes dicts and undefined values. */
    private static boolean isSequence(Object value) {
        return value instanceof String
                || value instanceof Markup
                || value instanceof List
                || value instanceof Tuple
                || value instanceof Map
                || value instanceof Undefined;
    }

    private static boolean isZero(Object remainder) {
        return Numbers.compare(remainder, 0L) == 0;
    }

    private static boolean same(Object value, Object other) {
        if (value instanceof Boolean || other instanceof Boolean || value == None.NONE || other == None.NONE) {
            return value.equals(other);
        }
        throw new Unsupported("the test 'sameas' of values other than true, false and none");
    }
}
