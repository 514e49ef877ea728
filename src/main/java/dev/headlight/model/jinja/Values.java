package dev.headlight.model.jinja;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What Python does with any value. A string is a {@code String}, an int a {@code Long}, a float a {@code Double}, a list a
 * {@code List}, a dict a {@code Map}; what is not in this package is no value.
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

    /** Python's name of a value's type. */
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
        } else if (value instanceof Safe safe) {
            return !safe.text().isEmpty();
        } else if (value instanceof Sequence sequence) {
            return sequence.isGenerator() || !sequence.peek().isEmpty();
        }
        return value != None.NONE && !(value instanceof Undefined);
    }

    /** The number of characters or elements. */
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

    /** The elements, gone through from the first to the last. */
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
            throw new TemplateFault("a value of type " + type(value) + " cannot be gone through");
        }
        budget.steps(elements.size());
        return elements;
    }

    /** The elements as a new list. */
    static List<Object> copy(Budget budget, Object value) {
        List<Object> elements = elements(budget, value);
        budget.list(elements.size());
        return new ArrayList<>(elements);
    }

    @SuppressWarnings("unchecked") // every list here is one of values
    static List<Object> list(List<?> list) {
        return (List<Object>) list;
    }

    @SuppressWarnings("unchecked")
    static Map<Object, Object> dict(Map<?, ?> map) {
        return (Map<Object, Object>) map;
    }

    /** A value as the key of a dict. */
    static Object key(Object value) {
        if (value instanceof String || value instanceof Long || value == None.NONE || value instanceof Undefined) {
            return value;
        }
        if (value instanceof List || value instanceof Map) {
            throw new TemplateFault("a value of type " + type(value) + " cannot be a key");
        }
        throw new Unsupported("a key of type " + type(value)); // 1, 1.0 and true are one key in Python
    }

    static boolean equal(Budget budget, Object a, Object b) {
        budget.step();
        if (a == b) {
            return !(a instanceof Double d && d.isNaN());
        } else if (a instanceof Safe || b instanceof Safe) {
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
            return equalEntries(budget, dict(s), dict(t));
        } else if (a instanceof Sequence && b instanceof Sequence) {
            throw new Unsupported("a comparison of a " + type(a) + " and a " + type(b));
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

    /** @return negative, 0 or positive */
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
        throw cannot("be ordered", a, b);
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
            throw cannot("be searched for", container, value);
        } else if (container instanceof Map<?, ?> map) {
            return map.containsKey(key(value));
        }
        return elements(budget, container).stream().anyMatch(x -> equal(budget, x, value));
    }

    /** The fault of an operation that Python does not know for two values. */
    static TemplateFault cannot(String what, Object a, Object b) {
        if (a instanceof Undefined undefined) {
            return undefined.fault();
        } else if (b instanceof Undefined undefined) {
            return undefined.fault();
        } else if (a instanceof Safe || b instanceof Safe) {
            return new Unsupported("an operation on text marked as safe");
        }
        return new TemplateFault("values of type " + type(a) + " and " + type(b) + " cannot " + what);
    }
}
