package dev.headlight.model.jinja;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Jinja's filters, with {@code tojson} as Transformers has it. */
final class Filters {
    /** Those of Jinja's that are not implemented here. */
    static final Set<String> OTHERS = Set.of(
            "attr",
            "batch",
            "center",
            "e",
            "escape",
            "filesizeformat",
            "float",
            "forceescape",
            "format",
            "groupby",
            "pprint",
            "random",
            "round",
            "slice",
            "striptags",
            "truncate",
            "urlencode",
            "urlize",
            "wordcount",
            "wordwrap",
            "xmlattr");

    private static final Pattern INTEGER = Pattern.compile("[+-]?[0-9]{1,18}");
    private static final Pattern NO_FINITE = Pattern.compile("(?i)[+-]?(inf|infinity|nan)");

    interface Filter {
        Object apply(Frame frame, Object value, Arguments arguments);
    }

    private static final Map<String, Filter> ALL = Map.ofEntries(
            Map.entry("abs", Filters::abs),
            Map.entry("capitalize", text("capitalize", StringMethods::capitalize)),
            Map.entry("count", Filters::length),
            Map.entry("d", Filters::otherwise),
            Map.entry("default", Filters::otherwise),
            Map.entry("dictsort", Filters::dictsort),
            Map.entry("first", Filters::first),
            Map.entry("indent", Filters::indent),
            Map.entry("int", Filters::integer),
            Map.entry("items", Filters::items),
            Map.entry("join", Filters::join),
            Map.entry("last", Filters::last),
            Map.entry("length", Filters::length),
            Map.entry("list", Filters::list),
            Map.entry("lower", text("lower", StringMethods::lower)),
            Map.entry("map", Selecting::map),
            Map.entry("max", (frame, value, arguments) -> extreme(frame, value, arguments, 1)),
            Map.entry("min", (frame, value, arguments) -> extreme(frame, value, arguments, -1)),
            Map.entry("reject", (frame, value, arguments) -> Selecting.select(frame, value, arguments, false, false)),
            Map.entry(
                    "rejectattr", (frame, value, arguments) -> Selecting.select(frame, value, arguments, false, true)),
            Map.entry("replace", Filters::replace),
            Map.entry("reverse", Filters::reverse),
            Map.entry("safe", (frame, value, arguments) -> safe(frame, value)),
            Map.entry("select", (frame, value, arguments) -> Selecting.select(frame, value, arguments, true, false)),
            Map.entry("selectattr", (frame, value, arguments) -> Selecting.select(frame, value, arguments, true, true)),
            Map.entry("sort", Filters::sort),
            Map.entry("string", Filters::string),
            Map.entry("sum", Filters::sum),
            Map.entry("title", text("title", Filters::title)),
            Map.entry("tojson", Filters::tojson),
            Map.entry("trim", Filters::trim),
            Map.entry("unique", Filters::unique),
            Map.entry("upper", text("upper", StringMethods::upper)));

    private Filters() {}

    static boolean exist(String name) {
        return ALL.containsKey(name) || OTHERS.contains(name);
    }

    static Object apply(Frame frame, String name, Object value, Arguments arguments) {
        frame.budget().step();
        Filter filter = ALL.get(name);
        if (filter != null) {
            return filter.apply(frame, value, arguments);
        } else if (OTHERS.contains(name)) {
            throw new Unsupported("the filter '" + name + "'");
        }
        throw new TemplateFault("there is no filter named '" + name + "'");
    }

    private interface OfText {
        String of(String text);
    }

    private static Filter text(String name, OfText operation) {
        return (frame, value, arguments) -> {
            arguments.bind(name, 0);
            String text = soft(frame, value);
            frame.budget().make(text.length());
            return operation.of(text);
        };
    }

    private static String soft(Frame frame, Object value) {
        if (value instanceof Safe) {
            throw new Unsupported("a filter of text marked as safe");
        }
        return Strings.str(frame.budget(), value);
    }

    private static Object string(Frame frame, Object value, Arguments arguments) {
        arguments.bind("string", 0);
        return value instanceof Safe ? value : Strings.str(frame.budget(), value);
    }

    private static Object safe(Frame frame, Object value) {
        return value instanceof Safe ? value : new Safe(Strings.str(frame.budget(), value));
    }

    private static Object abs(Frame frame, Object value, Arguments arguments) {
        arguments.bind("abs", 0);
        if (Numbers.isInteger(value)) {
            return Math.abs(Numbers.integer(value));
        } else if (value instanceof Double d) {
            return Math.abs(d);
        }
        throw Values.cannot("have an absolute value", value, value);
    }

    private static Object length(Frame frame, Object value, Arguments arguments) {
        arguments.bind("length", 0);
        return Values.length(frame.budget(), value);
    }

    private static Object otherwise(Frame frame, Object value, Arguments arguments) {
        @Nullable Object[] bound = arguments.bind("default", 0, "default_value", "boolean");
        boolean falsy = bound[1] != null && Values.truth(bound[1]) && !Values.truth(value);
        return value instanceof Undefined || falsy ? Objects.requireNonNullElse(bound[0], "") : value;
    }

    private static Object trim(Frame frame, Object value, Arguments arguments) {
        Object chars = arguments.bind("trim", 0, "chars")[0];
        String text = soft(frame, value);
        frame.budget().make(text.length());
        String which = chars == null || chars == None.NONE ? null : StringMethods.string("trim", chars);
        return StringMethods.strip(frame.budget(), text, which, true, true);
    }

    /** Words begin after a hyphen, whitespace or an opening bracket. */
    private static String title(String text) {
        StringBuilder title = new StringBuilder();
        boolean inWord = false;
        for (char c : Text.ascii(text, "title").toCharArray()) {
            title.append(inWord ? Character.toLowerCase(c) : Character.toUpperCase(c));
            inWord = "-({[<".indexOf(c) < 0 && !Text.isSpace(c);
        }
        return title.toString();
    }

    private static Object replace(Frame frame, Object value, Arguments arguments) {
        @Nullable Object[] bound = arguments.bind("replace", 2, "old", "new", "count");
        Object most = bound[2] == None.NONE ? null : bound[2];
        return StringMethods.replace(
                frame.budget(),
                soft(frame, value),
                soft(frame, Objects.requireNonNull(bound[0])),
                soft(frame, Objects.requireNonNull(bound[1])),
                most);
    }

    private static Object indent(Frame frame, Object value, Arguments arguments) {
        @Nullable Object[] bound = arguments.bind("indent", 0, "width", "first", "blank");
        Object width = Objects.requireNonNullElse(bound[0], 4L);
        String by = width instanceof String s ? s : (String) Operators.operate(frame.budget(), "*", " ", width);
        boolean first = bound[1] != null && Values.truth(bound[1]);
        boolean blank = bound[2] != null && Values.truth(bound[2]);
        String text = StringMethods.string("indent", value);
        List<Object> lines = Splitting.lines(text + "\n");
        frame.budget().make(text.length() + (long) lines.size() * (1 + by.length()));
        StringBuilder out = new StringBuilder(first ? by : "").append(lines.get(0));
        for (Object line : lines.subList(1, lines.size())) {
            out.append('\n').append(blank || !line.equals("") ? by : "").append(line);
        }
        return out.toString();
    }

    /** Of text only what is an integer; what is none is the default. */
    private static Object integer(Frame frame, Object value, Arguments arguments) {
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
                && !NO_FINITE.matcher(digits).matches()) {
            return otherwise;
        }
        throw new Unsupported("the filter int of such text");
    }

    private static Object items(Frame frame, Object value, Arguments arguments) {
        arguments.bind("items", 0);
        if (value instanceof Undefined) {
            return new Sequence(Sequence.Kind.GENERATOR, List.of());
        } else if (value instanceof Map<?, ?> map) {
            return new Sequence(Sequence.Kind.GENERATOR, Attributes.items(frame.budget(), Values.dict(map)));
        }
        throw new TemplateFault("items takes a dict, not a value of type " + Values.type(value));
    }

    private static Object dictsort(Frame frame, Object value, Arguments arguments) {
        @Nullable Object[] bound = arguments.bind("dictsort", 0, "case_sensitive", "by", "reverse");
        if (!(value instanceof Map<?, ?> map)) {
            throw Values.cannot("be sorted as a dict", value, value);
        }
        Object by = Objects.requireNonNullElse(bound[1], "key");
        if (!by.equals("key") && !by.equals("value")) {
            throw new TemplateFault("dictsort is by 'key' or by 'value'");
        }
        boolean exact = bound[0] != null && Values.truth(bound[0]);
        int at = by.equals("key") ? 0 : 1;
        return sorted(
                frame,
                Attributes.items(frame.budget(), Values.dict(map)),
                x -> folded(((Tuple) x).items().get(at), exact),
                bound[2] != null && Values.truth(bound[2]));
    }

    private static Object sort(Frame frame, Object value, Arguments arguments) {
        @Nullable Object[] bound = arguments.bind("sort", 0, "reverse", "case_sensitive", "attribute");
        boolean exact = bound[1] != null && Values.truth(bound[1]);
        if (bound[2] instanceof String names && names.contains(",")) {
            throw new Unsupported("sort by several attributes");
        }
        return sorted(
                frame,
                Values.elements(frame.budget(), value),
                x -> folded(Selecting.attribute(frame, x, bound[2], null), exact),
                bound[0] != null && Values.truth(bound[0]));
    }

    private interface Key {
        Object of(Object item);
    }

    private static List<Object> sorted(Frame frame, List<Object> items, Key key, boolean reverse) {
        List<Object> sorted = new ArrayList<>(items);
        Comparator<Object> order = (a, b) -> Values.compare(frame.budget(), key.of(a), key.of(b));
        sorted.sort(reverse ? order.reversed() : order); // both are stable, as Python's are
        return sorted;
    }

    private static Object folded(Object value, boolean exact) {
        return !exact && value instanceof String s ? StringMethods.lower(s) : value;
    }

    private static Object extreme(Frame frame, Object value, Arguments arguments, int sign) {
        @Nullable Object[] bound = arguments.bind("min", 0, "case_sensitive", "attribute");
        boolean exact = bound[0] != null && Values.truth(bound[0]);
        @Nullable Object best = null;
        @Nullable Object bestKey = null;
        for (Object item : Values.elements(frame.budget(), value)) {
            Object key = folded(Selecting.attribute(frame, item, bound[1], null), exact);
            if (bestKey == null || sign * Values.compare(frame.budget(), key, bestKey) > 0) {
                best = item;
                bestKey = key;
            }
        }
        return best == null ? new Undefined("No aggregated item, sequence was empty.") : best;
    }

    private static Object unique(Frame frame, Object value, Arguments arguments) {
        @Nullable Object[] bound = arguments.bind("unique", 0, "case_sensitive", "attribute");
        boolean exact = bound[0] != null && Values.truth(bound[0]);
        List<Object> seen = new ArrayList<>();
        List<Object> unique = new ArrayList<>();
        for (Object item : Values.elements(frame.budget(), value)) {
            Object key = Values.key(folded(Selecting.attribute(frame, item, bound[1], null), exact));
            if (seen.stream().noneMatch(x -> Values.equal(frame.budget(), x, key))) {
                seen.add(key);
                unique.add(item);
            }
        }
        return new Sequence(Sequence.Kind.GENERATOR, unique);
    }

    private static Object sum(Frame frame, Object value, Arguments arguments) {
        @Nullable Object[] bound = arguments.bind("sum", 0, "attribute", "start");
        Object sum = Objects.requireNonNullElse(bound[1], 0L);
        for (Object item : Values.elements(frame.budget(), value)) {
            Object term = Selecting.attribute(frame, item, bound[0], null);
            if (sum instanceof String || term instanceof Double || sum instanceof Double) {
                throw new Unsupported("sum of other than integers"); // Python's rounds otherwise
            }
            sum = Operators.operate(frame.budget(), "+", sum, term);
        }
        return sum;
    }

    private static Object join(Frame frame, Object value, Arguments arguments) {
        @Nullable Object[] bound = arguments.bind("join", 0, "d", "attribute");
        List<String> texts = new ArrayList<>();
        for (Object item : Values.elements(frame.budget(), value)) {
            texts.add(soft(frame, Selecting.attribute(frame, item, bound[1], null)));
        }
        return StringMethods.join(frame.budget(), soft(frame, Objects.requireNonNullElse(bound[0], "")), texts);
    }

    private static Object first(Frame frame, Object value, Arguments arguments) {
        arguments.bind("first", 0);
        List<Object> elements = Values.elements(frame.budget(), value);
        return elements.isEmpty() ? new Undefined("No first item, sequence was empty.") : elements.get(0);
    }

    private static Object last(Frame frame, Object value, Arguments arguments) {
        arguments.bind("last", 0);
        if (value instanceof Sequence sequence && sequence.isGenerator() || value instanceof Undefined) {
            throw new TemplateFault("last cannot go back through a value of type " + Values.type(value));
        }
        List<Object> elements = Values.elements(frame.budget(), value);
        return elements.isEmpty()
                ? new Undefined("No last item, sequence was empty.")
                : elements.get(elements.size() - 1);
    }

    private static Object list(Frame frame, Object value, Arguments arguments) {
        arguments.bind("list", 0);
        return new ArrayList<>(Values.elements(frame.budget(), value));
    }

    private static Object reverse(Frame frame, Object value, Arguments arguments) {
        arguments.bind("reverse", 0);
        List<Object> reversed = new ArrayList<>(Values.elements(frame.budget(), value));
        Collections.reverse(reversed);
        if (value instanceof String s) {
            frame.budget().make(s.length());
            return String.join("", reversed.stream().map(String.class::cast).toList());
        }
        return new Sequence(Sequence.Kind.GENERATOR, reversed);
    }

    private static Object tojson(Frame frame, Object value, Arguments arguments) {
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
