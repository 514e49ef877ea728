package dev.headlight.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The global functions of Jinja, and those that Transformers adds. */
final class Globals {
    private static final long LONGEST_RANGE = 100_000; // the limit of Jinja's sandbox
    private static final Set<String> UNSUPPORTED = Set.of("cycler", "joiner", "lipsum");

    private static final Map<String, Function> ALL = Map.of(
            "range", Globals::range,
            "namespace", (frame, arguments) -> new Namespace(namespace(arguments)),
            "dict", (frame, arguments) -> dict(arguments),
            "raise_exception", Globals::raise,
            "strftime_now", Globals::now);

    private Globals() {}

    /** Finds a function by name; null if it does not exist. */
    static @Nullable Object find(String name) {
        if (UNSUPPORTED.contains(name)) {
            throw new Unsupported("the function '" + name + "'");
        }
        return ALL.get(name);
    }

    private static Object range(Frame frame, Arguments arguments) {
        @Nullable Object[] bound = arguments.bindPositional("range", 1, "start", "stop", "step");
        long start = bound[1] == null ? 0 : integer(bound[0]);
        long stop = integer(bound[1] == null ? bound[0] : bound[1]);
        long step = bound[2] == null ? 1 : integer(bound[2]);
        if (step == 0) {
            throw new TemplateFault("the step of a range must not be 0");
        }
        List<Object> items = new ArrayList<>();
        for (long i = start; step > 0 ? i < stop : i > stop; i = add(i, step)) {
            if (items.size() == LONGEST_RANGE) {
                throw new TemplateFault("a range has more than " + LONGEST_RANGE + " items");
            }
            frame.budget().values(1);
            items.add(i);
        }
        return new Sequence(Sequence.Kind.RANGE, items);
    }

    private static long add(long a, long b) {
        return (long) Numbers.operate("+", a, b);
    }

    private static long integer(@Nullable Object value) {
        Object given = Objects.requireNonNull(value);
        if (given instanceof Undefined undefined) {
            throw undefined.fault();
        } else if (!Numbers.isInteger(given)) {
            throw new TemplateFault("range takes integers, not a value of type " + Values.type(given));
        }
        return Numbers.integer(given);
    }

    private static Map<String, Object> namespace(Arguments arguments) {
        Map<String, Object> attributes = new LinkedHashMap<>();
        Namespace namespace = new Namespace(attributes);
        dict(arguments).forEach((name, value) -> namespace.set(StringMethods.string("namespace", name), value));
        return attributes;
    }

    private static Map<Object, Object> dict(Arguments arguments) {
        Map<Object, Object> dict = new LinkedHashMap<>();
        if (!arguments.positional().isEmpty()) {
            if (arguments.positional().size() > 1 || !(arguments.positional().get(0) instanceof Map<?, ?> first)) {
                throw new Unsupported("dict with these arguments");
            }
            dict.putAll(first);
        }
        dict.putAll(arguments.named());
        return dict;
    }

    private static Object raise(Frame frame, Arguments arguments) {
        Object message = Objects.requireNonNull(arguments.bind("raise_exception", 1, "message")[0]);
        throw new Raised(Strings.str(frame.budget(), message));
    }

    private static Object now(Frame frame, Arguments arguments) {
        Object format = Objects.requireNonNull(arguments.bind("strftime_now", 1, "format")[0]);
        return Strftime.write(frame.now(), StringMethods.string("strftime_now", format));
    }
}
