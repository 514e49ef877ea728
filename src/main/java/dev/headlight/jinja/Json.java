package dev.headlight.jinja;

import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The filter {@code tojson} of Transformers, which is Python's {@code json.dumps} and does not escape HTML.
 *
 * @param indent text that indents each level; null for a single line
 * @param itemSeparator text between items
 * @param keySeparator text between key and value
 * @param asciiOnly whether characters outside ASCII are escaped
 * @param sortKeys whether dicts are sorted by key
 */
record Json(@Nullable String indent, String itemSeparator, String keySeparator, boolean asciiOnly, boolean sortKeys) {

    /** Writes a value. */
    String write(Budget budget, Object value) {
        StringBuilder out = new StringBuilder();
        write(budget, value, 0, out);
        return out.toString();
    }

    private void write(Budget budget, Object value, int depth, StringBuilder out) {
        budget.enter();
        value(budget, value, depth, out);
        budget.leave();
    }

    private void value(Budget budget, Object value, int depth, StringBuilder out) {
        if (value instanceof List<?> list) {
            container(budget, '[', ']', list, depth, out, x -> write(budget, x, depth + 1, out));
        } else if (value instanceof Tuple tuple) {
            container(budget, '[', ']', tuple.items(), depth, out, x -> write(budget, x, depth + 1, out));
        } else if (value instanceof Map<?, ?> map) {
            container(budget, '{', '}', entries(budget, map), depth, out, e -> {
                quote(key(e.getKey()), out);
                out.append(keySeparator);
                write(budget, e.getValue(), depth + 1, out);
            });
        } else {
            int before = out.length();
            scalar(budget, value, out);
            budget.make(out.length() - before);
        }
    }

    private void scalar(Budget budget, Object value, StringBuilder out) {
        if (value instanceof String s) {
            budget.make(s.length()); // before it is quoted
            quote(s, out);
        } else if (value instanceof Boolean || value instanceof Long) {
            out.append(value);
        } else if (value == None.NONE) {
            out.append("null");
        } else if (value instanceof Double d) {
            out.append(number(d));
        } else if (value instanceof Markup) {
            throw new Unsupported("JSON of text marked as safe");
        } else {
            throw new TemplateFault("a value of type " + Values.type(value) + " cannot be written as JSON");
        }
    }

    private List<Map.Entry<Object, Object>> entries(Budget budget, Map<?, ?> map) {
        return Values.dict(map).entrySet().stream()
                .sorted((a, b) -> sortKeys ? Comparisons.compare(budget, a.getKey(), b.getKey()) : 0)
                .toList();
    }

    private <T> void container(
            Budget budget,
            char open,
            char close,
            List<T> items,
            int depth,
            StringBuilder out,
            Consumer<? super T> each) {
        out.append(open);
        for (int i = 0; i < items.size(); i++) {
            out.append(i == 0 ? "" : itemSeparator);
            line(budget, depth + 1, out);
            each.accept(items.get(i));
        }
        if (!items.isEmpty()) {
            line(budget, depth, out);
        }
        out.append(close);
    }

    private void line(Budget budget, int depth, StringBuilder out) {
        if (indent != null) {
            budget.make(1 + (long) depth * indent.length());
            out.append('\n').append(indent.repeat(depth));
        }
    }

    private static String key(Object key) {
        if (key instanceof String || key instanceof Long) {
            return key.toString();
        }
        throw new Unsupported("JSON of a key of type " + Values.type(key));
    }

    private static String number(double d) {
        return Double.isNaN(d) ? "NaN" : Double.isInfinite(d) ? (d > 0 ? "Infinity" : "-Infinity") : Numbers.text(d);
    }

    private void quote(String s, StringBuilder out) {
        out.append('"');
        for (int i = 0; i < s.length(); i++) {
            char c = s.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                case '\b' -> out.append("\\b");
                case '\f' -> out.append("\\f");
                default -> out.append(c < ' ' || (asciiOnly && c > '~') ? "\\u%04x".formatted((int) c) : c);
            }
        }
        out.append('"');
    }
}
