package dev.headlight.jinja;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Filters that make or parse text: trim, title, replace, indent, int, tojson. */
final class TextFilters {
    private static final Pattern INTEGER = Pattern.compile("[+-]?[0-9]{1,18}");
    private static final Pattern NON_FINITE = Pattern.compile("(?i)[+-]?(inf|infinity|nan)");

    private TextFilters() {}

    /** The filter {@code trim}. */
    static Object trim(Frame frame, Object value, Arguments arguments) {
        Object chars = arguments.bind("trim", 0, "chars")[0];
        String text = Filters.softStr(frame, value);
        frame.budget().make(text.length());
        String which = chars == null || chars == None.NONE ? null : StringMethods.string("trim", chars);
        return StringMethods.strip(frame.budget(), text, which, true, true);
    }

    /** The filter {@code title}. Words start after a hyphen, whitespace or an opening bracket. */
    static String title(String text) {
        StringBuilder title = new StringBuilder();
        boolean inWord = false;
        for (char c : Text.ascii(text, "title").toCharArray()) {
            title.append(inWord ? Character.toLowerCase(c) : Character.toUpperCase(c));
            inWord = "-({[<".indexOf(c) < 0 && !Text.isSpace(c);
        }
        return title.toString();
    }

    /** The filter {@code replace}. */
    static Object replace(Frame frame, Object value, Arguments arguments) {
        @Nullable Object[] bound = arguments.bind("replace", 2, "old", "new", "count");
        Object most = bound[2] == None.NONE ? null : bound[2];
        return Substrings.replace(
                frame.budget(),
                Filters.softStr(frame, value),
                Filters.softStr(frame, Objects.requireNonNull(bound[0])),
                Filters.softStr(frame, Objects.requireNonNull(bound[1])),
                most);
    }

    /** The filter {@code indent}. */
    static Object indent(Frame frame, Object value, Arguments arguments) {
        @Nullable Object[] bound = arguments.bind("indent", 0, "width", "first", "blank");
        Object width = Objects.requireNonNullElse(bound[0], 4L);
        String by = width instanceof String s ? s : (String) Operators.operate(frame.budget(), "*", " ", width);
        boolean first = bound[1] != null && Values.truth(bound[1]);
        boolean blank = bound[2] != null && Values.truth(bound[2]);
        String text = StringMethods.string("indent", value);
        List<Object> lines = StringSplitting.lines(frame.budget(), text + "\n");
        frame.budget().make(text.length() + (long) lines.size() * (1 + by.length()));
        StringBuilder out = new StringBuilder(first ? by : "").append(lines.get(0));
        for (Object line : lines.subList(1, lines.size())) {
            out.append('\n').append(blank || !line.equals("") ? by : "").append(line);
        }
        return out.toString();
    }

    /** The filter {@code int}. Text that is not an integer gives the default. */
    static Object integer(Frame frame, Object value, Arguments arguments) {
        @Nullable Object[] bound = arguments.bind("int", 0, "default", "base");
        if (bound[1] != null) {
            throw new Unsupported("the filter int with a base");
        } else if (Numbers.isInteger(value)) {
            return Numbers.integer(value);
        } else if (value instanceof Double d && Math.abs(d) < 1L << 53) {
            return d.longValue();
        } else if (value instanceof Undefined undefined) {
            throw undefined.fault();
        } else if (value instanceof String s) {
            return integer(frame, s, Objects.requireNonNullElse(bound[0], 0L));
        } else if (value == None.NONE || value instanceof List || value instanceof Map || value instanceof Tuple) {
            return Objects.requireNonNullElse(bound[0], 0L);
        }
        throw new Unsupported("the filter int of a value of type " + Values.type(value));
    }

    private static Object integer(Frame frame, String text, Object otherwise) {
        String digits = StringMethods.strip(frame.budget(), text, null, true, true);
        if (INTEGER.matcher(digits).matches()) {
            return Long.parseLong(digits);
        } else if (digits.chars().noneMatch(Character::isDigit)
                && !NON_FINITE.matcher(digits).matches()) {
            return otherwise;
        }
        throw new Unsupported("the filter int of this text");
    }

    /** The filter {@code tojson} of Transformers. */
    static Object tojson(Frame frame, Object value, Arguments arguments) {
        @Nullable Object[] bound = arguments.bind("tojson", 0, "ensure_ascii", "indent", "separators", "sort_keys");
        String indent = bound[1] == null || bound[1] == None.NONE ? null : jsonIndent(frame, bound[1]);
        List<Object> separators = List.of(indent == null ? ", " : ",", ": ");
        if (bound[2] != null && bound[2] != None.NONE) {
            separators = Values.elements(frame.budget(), bound[2]);
        }
        if (separators.size() != 2) {
            throw new TemplateFault("tojson takes two separators");
        }
        Json json = new Json(
                indent,
                StringMethods.string("tojson", separators.get(0)),
                StringMethods.string("tojson", separators.get(1)),
                bound[0] != null && Values.truth(bound[0]),
                bound[3] != null && Values.truth(bound[3]));
        return json.write(frame.budget(), value);
    }

    private static String jsonIndent(Frame frame, Object indent) {
        return indent instanceof String s ? s : (String) Operators.operate(frame.budget(), "*", " ", indent);
    }
}
