package dev.headlight.jinja;

import java.util.Iterator;
import java.util.List;
import java.util.Map;

/** Python's {@code str} and {@code repr}. */
final class Strings {
    private Strings() {}

    /** A value as a template prints it. */
    static String str(Budget budget, Object value) {
        if (value instanceof String s) {
            return s;
        } else if (value instanceof Markup safe) {
            return safe.text();
        } else if (value instanceof Undefined) {
            return "";
        }
        StringBuilder out = new StringBuilder();
        repr(budget, value, out);
        return out.toString();
    }

    private static void repr(Budget budget, Object value, StringBuilder out) {
        budget.enter();
        write(budget, value, out);
        budget.leave();
    }

    private static void write(Budget budget, Object value, StringBuilder out) {
        if (value instanceof List<?> list) {
            out.append('[');
            elements(budget, list, out);
            out.append(']');
        } else if (value instanceof Tuple tuple) {
            out.append('(');
            elements(budget, tuple.items(), out);
            out.append(tuple.items().size() == 1 ? ",)" : ")");
        } else if (value instanceof Map<?, ?> map) {
            out.append('{');
            entries(budget, map, out);
            out.append('}');
        } else {
            int before = out.length();
            scalar(budget, value, out);
            budget.make(out.length() - before);
        }
    }

    private static void scalar(Budget budget, Object value, StringBuilder out) {
        if (value instanceof String s) {
            budget.make(s.length()); // before it is quoted
            quote(s, out);
        } else if (value instanceof Boolean b) {
            out.append(b ? "True" : "False");
        } else if (value instanceof Long) {
            out.append(value);
        } else if (value instanceof Double d) {
            out.append(Numbers.text(d));
        } else if (value == None.NONE) {
            out.append("None");
        } else if (value instanceof Undefined) {
            out.append("Undefined");
        } else {
            throw new Unsupported("the text of a value of type " + Values.type(value));
        }
    }

    private static void elements(Budget budget, List<?> list, StringBuilder out) {
        for (Iterator<?> it = list.iterator(); it.hasNext(); ) {
            repr(budget, it.next(), out);
            out.append(it.hasNext() ? ", " : "");
        }
    }

    private static void entries(Budget budget, Map<?, ?> map, StringBuilder out) {
        for (Iterator<Map.Entry<Object, Object>> it =
                        Values.dict(map).entrySet().iterator();
                it.hasNext(); ) {
            Map.Entry<Object, Object> entry = it.next();
            repr(budget, entry.getKey(), out);
            out.append(": ");
            repr(budget, entry.getValue(), out);
            out.append(it.hasNext() ? ", " : "");
        }
    }

    private static void quote(String s, StringBuilder out) {
        char quote = s.indexOf('\'') >= 0 && s.indexOf('"') < 0 ? '"' : '\'';
        out.append(quote);
        s.codePoints().forEach(c -> {
            switch (c) {
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                case '\\' -> out.append("\\\\");
                default -> character(c, quote, out);
            }
        });
        out.append(quote);
    }

    private static void character(int c, char quote, StringBuilder out) {
        if (c == quote) {
            out.append('\\').append(quote);
        } else if (isPrintable(c)) {
            out.appendCodePoint(c);
        } else {
            out.append(
                    c < 0x100 ? "\\x%02x".formatted(c) : c < 0x10000 ? "\\u%04x".formatted(c) : "\\U%08x".formatted(c));
        }
    }

    private static boolean isPrintable(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> false;
            case Character.SPACE_SEPARATOR -> c == ' ';
            case Character.UNASSIGNED -> throw new Unsupported("the repr of a character that this Java does not know");
            default -> true;
        };
    }
}
