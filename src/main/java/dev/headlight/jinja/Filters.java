package dev.headlight.jinja;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Jinja's filters, with {@code tojson} of Transformers instead of Jinja's. */
final class Filters {
    /** Filters of Jinja that are not implemented here. */
    private static final Set<String> UNSUPPORTED = Set.of(
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

    /** One filter. */
    private interface Filter {
        Object apply(Frame frame, Object value, Arguments arguments);
    }

    private static final Map<String, Filter> ALL = Map.ofEntries(
            Map.entry("abs", Filters::abs),
            Map.entry("capitalize", text("capitalize", LetterCase::capitalize)),
            Map.entry("count", Filters::length),
            Map.entry("d", Filters::otherwise),
            Map.entry("default", Filters::otherwise),
            Map.entry("dictsort", Ordering::dictsort),
            Map.entry("first", Filters::first),
            Map.entry("indent", TextFilters::indent),
            Map.entry("int", TextFilters::integer),
            Map.entry("items", Filters::items),
            Map.entry("join", Filters::join),
            Map.entry("last", Filters::last),
            Map.entry("length", Filters::length),
            Map.entry("list", Filters::list),
            Map.entry("lower", text("lower", LetterCase::lower)),
            Map.entry("map", SelectFilters::map),
            Map.entry("max", (frame, value, arguments) -> Ordering.extreme(frame, value, arguments, 1)),
            Map.entry("min", (frame, value, arguments) -> Ordering.extreme(frame, value, arguments, -1)),
            Map.entry(
                    "reject", (frame, value, arguments) -> SelectFilters.select(frame, value, arguments, false, false)),
            Map.entry(
                    "rejectattr",
                    (frame, value, arguments) -> SelectFilters.select(frame, value, arguments, false, true)),
            Map.entry("replace", TextFilters::replace),
            Map.entry("reverse", Filters::reverse),
            Map.entry("safe", (frame, value, arguments) -> safe(frame, value)),
            Map.entry(
                    "select", (frame, value, arguments) -> SelectFilters.select(frame, value, arguments, true, false)),
            Map.entry(
                    "selectattr",
                    (frame, value, arguments) -> SelectFilters.select(frame, value, arguments, true, true)),
            Map.entry("sort", Ordering::sort),
            Map.entry("string", Filters::string),
            Map.entry("sum", Filters::sum),
            Map.entry("title", text("title", TextFilters::title)),
            Map.entry("tojson", TextFilters::tojson),
            Map.entry("trim", TextFilters::trim),
            Map.entry("unique", Ordering::unique),
            Map.entry("upper", text("upper", LetterCase::upper)));

    private Filters() {}

    /** Whether Jinja has a filter of this name. */
    static boolean exist(String name) {
        return ALL.containsKey(name) || UNSUPPORTED.contains(name);
    }

    /** Applies a filter to a value. */
    static Object apply(Frame frame, String name, Object value, Arguments arguments) {
        frame.budget().step();
        Filter filter = ALL.get(name);
        if (filter != null) {
            return filter.apply(frame, value, arguments);
        } else if (UNSUPPORTED.contains(name)) {
            throw new Unsupported("the filter '" + name + "'");
        }
        throw new TemplateFault("there is no filter named '" + name + "'");
    }

    /** A filter of text without arguments. */
    private interface TextOperation {
        String of(String text);
    }

    private static Filter text(String name, TextOperation operation) {
        return (frame, value, arguments) -> {
            arguments.bind(name, 0);
            String text = softStr(frame, value);
            frame.budget().make(text.length());
            return operation.of(text);
        };
    }

    /** The value as text, like Jinja's {@code soft_str}. */
    static String softStr(Frame frame, Object value) {
        if (value instanceof Markup) {
            throw new Unsupported("a filter on text marked as safe");
        }
        return Strings.str(frame.budget(), value);
    }

    private static Object string(Frame frame, Object value, Arguments arguments) {
        arguments.bind("string", 0);
        return value instanceof Markup ? value : Strings.str(frame.budget(), value);
    }

    private static Object safe(Frame frame, Object value) {
        return value instanceof Markup ? value : new Markup(Strings.str(frame.budget(), value));
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

    private static Object items(Frame frame, Object value, Arguments arguments) {
        arguments.bind("items", 0);
        if (value instanceof Undefined) {
            return new Sequence(Sequence.Kind.GENERATOR, List.of());
        } else if (value instanceof Map<?, ?> map) {
            return new Sequence(Sequence.Kind.GENERATOR, Attributes.items(frame.budget(), Values.dict(map)));
        }
        throw new TemplateFault("items takes a dict, not a value of type " + Values.type(value));
    }

    private static Object sum(Frame frame, Object value, Arguments arguments) {
        @Nullable Object[] bound = arguments.bind("sum", 0, "attribute", "start");
        Object sum = Objects.requireNonNullElse(bound[1], 0L);
        for (Object item : Values.elements(frame.budget(), value)) {
            Object term = SelectFilters.attribute(frame, item, bound[0], null);
            if (sum instanceof String || term instanceof Double || sum instanceof Double) {
                throw new Unsupported("a sum of values other than integers"); // Python rounds differently
            }
            sum = Operators.operate(frame.budget(), "+", sum, term);
        }
        return sum;
    }

    private static Object join(Frame frame, Object value, Arguments arguments) {
        @Nullable Object[] bound = arguments.bind("join", 0, "d", "attribute");
        List<String> texts = new ArrayList<>();
        for (Object item : Values.elements(frame.budget(), value)) {
            texts.add(softStr(frame, SelectFilters.attribute(frame, item, bound[1], null)));
        }
        return StringMethods.join(frame.budget(), softStr(frame, Objects.requireNonNullElse(bound[0], "")), texts);
    }

    private static Object first(Frame frame, Object value, Arguments arguments) {
        arguments.bind("first", 0);
        List<Object> elements = Values.elements(frame.budget(), value);
        return elements.isEmpty() ? new Undefined("No first item, sequence was empty.") : elements.get(0);
    }

    private static Object last(Frame frame, Object value, Arguments arguments) {
        arguments.bind("last", 0);
        if (value instanceof Undefined || (value instanceof Sequence sequence && sequence.isGenerator())) {
            throw new TemplateFault("last cannot be used with a value of type " + Values.type(value));
        }
        List<Object> elements = Values.elements(frame.budget(), value);
        return elements.isEmpty()
                ? new Undefined("No last item, sequence was empty.")
                : elements.get(elements.size() - 1);
    }

    private static Object list(Frame frame, Object value, Arguments arguments) {
        arguments.bind("list", 0);
        return Values.copy(frame.budget(), value);
    }

    private static Object reverse(Frame frame, Object value, Arguments arguments) {
        arguments.bind("reverse", 0);
        List<Object> reversed = Values.copy(frame.budget(), value);
        Collections.reverse(reversed);
        if (value instanceof String s) {
            frame.budget().make(s.length());
            return String.join("", reversed.stream().map(String.class::cast).toList());
        }
        return new Sequence(Sequence.Kind.GENERATOR, reversed);
    }
}
