package dev.headlight.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Filters that apply another filter, a test or an attribute to each element: map, select, reject, selectattr,
 * rejectattr.
 */
final class SelectFilters {
    private static final Pattern INDEX = Pattern.compile("[0-9]{1,9}");

    private SelectFilters() {}

    /** The filter {@code map}. */
    static Object map(Frame frame, Object value, Arguments arguments) {
        if (!Values.truth(value)) {
            return new Sequence(Sequence.Kind.GENERATOR, List.of());
        }
        List<Object> items = Values.elements(frame.budget(), value);
        frame.budget().list(items.size());
        List<Object> mapped = new ArrayList<>();
        if (arguments.positional().isEmpty() && arguments.named().containsKey("attribute")) {
            @Nullable Object[] bound = arguments.bind("map", 1, "attribute", "default");
            for (Object item : items) {
                mapped.add(attribute(frame, item, bound[0], bound[1]));
            }
        } else {
            String filter = name("map", arguments, 0);
            for (Object item : items) {
                mapped.add(Filters.apply(frame, filter, item, arguments.from(1)));
            }
        }
        return new Sequence(Sequence.Kind.GENERATOR, mapped);
    }

    /**
     * The filters {@code select}, {@code reject}, {@code selectattr} and {@code rejectattr}.
     *
     * @param passing whether to keep the elements that pass the test, or those that fail
     * @param byAttribute whether the first argument names the attribute to test
     */
    static Object select(Frame frame, Object value, Arguments arguments, boolean passing, boolean byAttribute) {
        if (!Values.truth(value)) {
            return new Sequence(Sequence.Kind.GENERATOR, List.of());
        }
        int at = byAttribute ? 1 : 0;
        if (arguments.positional().size() < at) {
            throw new TemplateFault("the name of an attribute is missing");
        }
        List<Object> items = Values.elements(frame.budget(), value);
        frame.budget().list(items.size());
        List<Object> selected = new ArrayList<>();
        for (Object item : items) {
            Object tested =
                    byAttribute ? attribute(frame, item, arguments.positional().get(0), null) : item;
            boolean passes = arguments.positional().size() == at
                    ? Values.truth(tested)
                    : Tests.apply(frame, name("select", arguments, at), tested, arguments.from(at + 1));
            if (passes == passing) {
                selected.add(item);
            }
        }
        return new Sequence(Sequence.Kind.GENERATOR, selected);
    }

    private static String name(String filter, Arguments arguments, int at) {
        if (arguments.positional().size() <= at) {
            throw new TemplateFault(filter + " is missing the name of a filter or test");
        }
        return StringMethods.string(filter, arguments.positional().get(at));
    }

    /**
     * Value of an element at a path such as {@code function.name}.
     *
     * @param path null or {@code None} for the element itself
     * @param otherwise replaces an undefined value; null to keep it undefined
     */
    static Object attribute(Frame frame, Object item, @Nullable Object path, @Nullable Object otherwise) {
        if (path == null || path == None.NONE) {
            return item;
        }
        Object found = item;
        for (Object key : path instanceof String s ? keys(s) : List.of(path)) {
            found = Attributes.element(frame.budget(), found, key);
            if (found instanceof Undefined && otherwise != null && otherwise != None.NONE) {
                found = otherwise;
            }
        }
        return found;
    }

    private static List<Object> keys(String path) {
        List<Object> keys = new ArrayList<>();
        for (String part : path.split("\\.", -1)) {
            keys.add(INDEX.matcher(part).matches() ? (Object) Long.valueOf(part) : part);
        }
        return keys;
    }
}
