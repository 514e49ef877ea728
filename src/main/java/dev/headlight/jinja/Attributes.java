package dev.headlight.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Looks up {@code value.name} and {@code value[key]}. For both, Jinja searches the attributes and the elements. */
final class Attributes {
    /** Attributes of Python's int, and of bool, which is an int. */
    private static final Set<String> UNSUPPORTED_OF_INTEGERS = Set.of(
            "as_integer_ratio",
            "bit_count",
            "bit_length",
            "conjugate",
            "denominator",
            "from_bytes",
            "imag",
            "is_integer",
            "numerator",
            "real",
            "to_bytes");

    /** Attributes of Python values that are not implemented here. */
    private static final Map<Class<?>, Set<String>> UNSUPPORTED = Map.of(
            String.class,
                    Set.of(
                            "casefold",
                            "center",
                            "encode",
                            "expandtabs",
                            "format_map",
                            "isascii",
                            "isdecimal",
                            "isidentifier",
                            "isnumeric",
                            "isprintable",
                            "istitle",
                            "ljust",
                            "maketrans",
                            "rjust",
                            "swapcase",
                            "translate",
                            "zfill"),
            Long.class, UNSUPPORTED_OF_INTEGERS,
            Boolean.class, UNSUPPORTED_OF_INTEGERS,
            Double.class, Set.of("as_integer_ratio", "conjugate", "fromhex", "hex", "imag", "is_integer", "real"),
            List.class, Set.of("copy", "count", "index"),
            Tuple.class, Set.of("count", "index"),
            Map.class, Set.of("copy", "fromkeys"));

    /** Methods that would change a value, which the sandbox of Transformers forbids. */
    private static final Map<Class<?>, Set<String>> MUTATING = Map.of(
            List.class, Set.of("append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort"),
            Map.class, Set.of("clear", "pop", "popitem", "setdefault", "update"));

    private Attributes() {}

    /** Evaluates {@code value.name}. */
    static Object attribute(Object value, String name) {
        if (value instanceof Undefined undefined) {
            throw undefined.fault();
        }
        Object attribute = pythonAttribute(value, name);
        if (attribute != null) {
            return attribute;
        }
        Object element = value instanceof Map<?, ?> map ? map.get(name) : null;
        return element == null ? Undefined.of(value, name) : element;
    }

    /** Evaluates {@code value[key]}. */
    static Object element(Budget budget, Object value, Object key) {
        if (value instanceof Undefined undefined) {
            throw undefined.fault();
        }
        Object element = stored(budget, value, key);
        if (element == null && key instanceof String name) {
            element = pythonAttribute(value, name);
        }
        return element == null ? Undefined.of(value, key) : element;
    }

    private static @Nullable Object stored(Budget budget, Object value, Object key) {
        if (value instanceof Map<?, ?> map) {
            return key instanceof List || key instanceof Map ? null : map.get(Values.key(key));
        } else if (!Numbers.isInteger(key)) {
            return null;
        }
        long index = Numbers.integer(key);
        if (value instanceof String s) {
            budget.read(s.length());
            int length = Text.length(s);
            long at = index < 0 ? index + length : index;
            return at < 0 || at >= length ? null : Character.toString(s.codePointAt(s.offsetByCodePoints(0, (int) at)));
        } else if (value instanceof List<?> list) {
            return at(list, index);
        } else if (value instanceof Tuple tuple) {
            return at(tuple.items(), index);
        } else if (value instanceof Sequence sequence && sequence.kind() == Sequence.Kind.RANGE) {
            return at(sequence.peek(), index);
        } else if (value instanceof Markup) {
            throw new Unsupported("an element of text marked as safe");
        }
        return null;
    }

    private static @Nullable Object at(List<?> list, long index) {
        long at = index < 0 ? index + list.size() : index;
        return at < 0 || at >= list.size() ? null : list.get((int) at);
    }

    /** The attribute that Python finds; null if the value has no such attribute. */
    private static @Nullable Object pythonAttribute(Object value, String name) {
        if (name.startsWith("__")) {
            throw new Unsupported("an attribute that starts with __");
        } else if (value instanceof Namespace namespace) {
            return namespace.attributes().get(name);
        } else if (value instanceof Loop loop) {
            return loop.attribute(name);
        } else if (value instanceof Markup || value instanceof Sequence || value instanceof Function) {
            throw new Unsupported("the attribute '" + name + "' of a value of type " + Values.type(value));
        } else if (contains(MUTATING, value, name)) {
            return new Undefined(
                    "'" + name + "' would change a " + Values.type(value) + ", which templates must not do");
        } else if (contains(UNSUPPORTED, value, name)) {
            throw new Unsupported("'" + name + "' of a " + Values.type(value));
        } else if (value instanceof String s && StringMethods.NAMES.contains(name)) {
            return (Function) (frame, arguments) -> StringMethods.call(frame.budget(), s, name, arguments);
        } else if (value instanceof Map<?, ?> map) {
            return dictMethod(Values.dict(map), name);
        }
        return null;
    }

    private static boolean contains(Map<Class<?>, Set<String>> names, Object value, String name) {
        return names.entrySet().stream()
                .anyMatch(e -> e.getKey().isInstance(value) && e.getValue().contains(name));
    }

    private static @Nullable Function dictMethod(Map<Object, Object> dict, String name) {
        return switch (name) {
            case "get" -> (frame, arguments) -> get(dict, arguments);
            case "items" -> (frame, arguments) -> view(arguments, name, items(frame.budget(), dict));
            case "keys" -> (frame, arguments) -> view(arguments, name, Values.elements(frame.budget(), dict));
            case "values" -> (frame, arguments) -> view(arguments, name, values(frame.budget(), dict));
            default -> null;
        };
    }

    private static Object get(Map<Object, Object> dict, Arguments arguments) {
        @Nullable Object[] bound = arguments.bindPositional("get", 1, "key", "default");
        Object found = bound[0] == null ? null : dict.get(Values.key(bound[0]));
        return found != null ? found : bound[1] != null ? bound[1] : None.NONE;
    }

    private static Sequence view(Arguments arguments, String name, List<Object> items) {
        arguments.bindPositional(name, 0);
        return new Sequence(Sequence.Kind.VIEW, items);
    }

    private static List<Object> values(Budget budget, Map<Object, Object> dict) {
        budget.list(dict.size());
        return new ArrayList<>(dict.values());
    }

    /** The entries as tuples of key and value. */
    static List<Object> items(Budget budget, Map<Object, Object> dict) {
        budget.values(2L * dict.size()); // a tuple and its list
        List<Object> items = new ArrayList<>(dict.size());
        dict.forEach((key, value) -> items.add(new Tuple(List.of(key, value))));
        return items;
    }
}
