package dev.headlight.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Python's operations on values of any type. A str is a {@code String}, a bool a {@code Boolean}, an int a {@code
 * Long}, a float a {@code Double}, a list a {@code List} and a dict a {@code Map}. All other values are classes of this
 * package.
 */
final class Values {
    private static final Map<Class<?>, String> NAMES = Map.of(
            None.class,
            "NoneType",
            String.class,
            "str",
            Boolean.class,
            "bool",
            Long.class,
            "int",
            Double.class,
            "float",
            List.class,
            "list",
            Map.class,
            "dict",
            Tuple.class,
            "tuple");

    private Values() {}

    /** Python's name of the type of a value. */
    static String type(Object value) {
        if (value instanceof Function) {
            return "function";
        }
        if (value instanceof Sequence sequence) {
            return switch (sequence.kind()) {
                case RANGE -> "range";
                case VIEW -> "dict view";
                case GENERATOR -> "generator";
            };
        }
        return NAMES.entrySet().stream()
                .filter(e -> e.getKey().isInstance(value))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElseGet(() -> value.getClass().getSimpleName());
    }

    /** Whether Python counts a value as true. */
    static boolean truth(Object value) {
        if (value instanceof Boolean b) {
            return b;
        } else if (value instanceof String s) {
            return !s.isEmpty();
        } else if (value instanceof Long n) {
            return n != 0;
        } else if (value instanceof Double d) {
            return d != 0;
        } else if (value instanceof List<?> list) {
            return !list.isEmpty();
        } else if (value instanceof Map<?, ?> map) {
            return !map.isEmpty();
        } else if (value instanceof Tuple tuple) {
            return !tuple.items().isEmpty();
        } else if (value instanceof Markup safe) {
            return !safe.text().isEmpty();
        } else if (value instanceof Sequence sequence) {
            return sequence.isGenerator() || !sequence.peek().isEmpty();
        }
        return value != None.NONE && !(value instanceof Undefined);
    }

    /** Python's {@code len}: number of characters or elements. */
    static long length(Budget budget, Object value) {
        if (value instanceof String s) {
            budget.read(s.length());
            return Text.length(s);
        } else if (value instanceof List<?> list) {
            return list.size();
        } else if (value instanceof Map<?, ?> map) {
            return map.size();
        } else if (value instanceof Tuple tuple) {
            return tuple.items().size();
        } else if (value instanceof Undefined) {
            return 0;
        } else if (value instanceof Sequence sequence && !sequence.isGenerator()) {
            return sequence.peek().size();
        }
        throw new TemplateFault("a value of type " + type(value) + " has no length");
    }

    /** Iterates over a value. */
    static List<Object> elements(Budget budget, Object value) {
        List<Object> elements;
        if (value instanceof String s) {
            budget.values(s.length());
            elements = Text.characters(s);
        } else if (value instanceof Map<?, ?> map) {
            budget.list(map.size());
            elements = new ArrayList<>(map.keySet());
        } else if (value instanceof Tuple tuple) {
            elements = tuple.items();
        } else if (value instanceof Sequence sequence) {
            elements = sequence.items();
        } else if (value instanceof Undefined) {
            elements = List.of();
        } else if (value instanceof List<?> list) {
            elements = list(list);
        } else {
            throw new TemplateFault("a value of type " + type(value) + " is not iterable");
        }
        budget.steps(elements.size());
        return elements;
    }

    /** Python's {@code list}: the elements as a new list. */
    static List<Object> copy(Budget budget, Object value) {
        List<Object> elements = elements(budget, value);
        budget.list(elements.size());
        return new ArrayList<>(elements);
    }

    /** A list as a list of values. */
    @SuppressWarnings("unchecked") // every list here contains values
    static List<Object> list(List<?> list) {
        return (List<Object>) list;
    }

    /** A map as a dict of values. */
    @SuppressWarnings("unchecked")
    static Map<Object, Object> dict(Map<?, ?> map) {
        return (Map<Object, Object>) map;
    }

    /** Checks that a value can be a key of a dict, and returns it. */
    static Object key(Object value) {
        if (value instanceof String || value instanceof Long || value == None.NONE || value instanceof Undefined) {
            return value;
        }
        if (value instanceof List || value instanceof Map) {
            throw new TemplateFault("a value of type " + type(value) + " cannot be a key");
        }
        throw new Unsupported("a key of type " + type(value)); // 1, 1.0 and True are the same key in Python
    }

    /** The exception of an operation that Python does not support for two values. */
    static TemplateFault cannot(String what, Object a, Object b) {
        if (a instanceof Undefined undefined) {
            return undefined.fault();
        } else if (b instanceof Undefined undefined) {
            return undefined.fault();
        } else if (a instanceof Markup || b instanceof Markup) {
            return new Unsupported("an operation on text marked as safe");
        }
        return new TemplateFault("values of type " + type(a) + " and " + type(b) + " cannot " + what);
    }
}
