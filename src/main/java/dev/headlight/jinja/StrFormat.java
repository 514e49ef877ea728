package dev.headlight.jinja;

import java.util.regex.Pattern;

/** Python's {@code str.format} with the fields {@code {}}, {@code {0}} and {@code {name}}. */
final class StrFormat {
    private static final Pattern INDEX = Pattern.compile("[0-9]{1,4}");
    private static final Pattern NAME = Pattern.compile("[A-Za-z_]+");

    private StrFormat() {}

    /** Replaces the fields of a pattern by the arguments. */
    static String format(Budget budget, String pattern, Arguments arguments) {
        StringBuilder out = new StringBuilder();
        int next = 0;
        int at = 0;
        while (at < pattern.length()) {
            char c = pattern.charAt(at);
            boolean doubled = at + 1 < pattern.length() && pattern.charAt(at + 1) == c;
            if ((c != '{' && c != '}') || doubled) {
                out.append(c);
                at += c == '{' || c == '}' ? 2 : 1;
                continue;
            }
            int end = pattern.indexOf('}', at);
            if (c == '}' || end < 0) {
                throw new TemplateFault("a format has an unmatched brace");
            }
            String field = pattern.substring(at + 1, end);
            if (next > 0 && !field.isEmpty()) {
                throw new Unsupported("a format that mixes fields with and without a name");
            }
            String text =
                    Strings.str(budget, field.isEmpty() ? positional(arguments, next++) : named(arguments, field));
            budget.make(text.length());
            out.append(text);
            at = end + 1;
        }
        return out.toString();
    }

    private static Object named(Arguments arguments, String field) {
        if (INDEX.matcher(field).matches()) {
            return positional(arguments, Integer.parseInt(field));
        } else if (!NAME.matcher(field).matches()) {
            throw new Unsupported("the format {" + field + "}");
        }
        Object value = arguments.named().get(field);
        if (value == null) {
            throw new TemplateFault("a format is missing the argument '" + field + "'");
        }
        return value;
    }

    private static Object positional(Arguments arguments, int index) {
        if (index >= arguments.positional().size()) {
            throw new TemplateFault("a format is missing the argument " + index);
        }
        return arguments.positional().get(index);
    }
}
