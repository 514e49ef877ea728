package dev.headlight.model.jinja;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a function, filter or test is called with. */
record Arguments(List<Object> positional, Map<String, Object> named) {
    static final Arguments EMPTY = new Arguments(List.of(), Map.of());

    static Arguments of(Object... positional) {
        return new Arguments(Arrays.asList(positional), Map.of());
    }

    int size() {
        return positional.size() + named.size();
    }

    Arguments withFirst(Object first) {
        List<Object> all = new ArrayList<>(positional.size() + 1);
        all.add(first);
        all.addAll(positional);
        return new Arguments(all, named);
    }

    /** Without the first positional ones. */
    Arguments from(int count) {
        return new Arguments(positional.subList(count, positional.size()), named);
    }

    /**
     * The arguments in the order of a signature.
     *
     * @param called what is called, for the message
     * @param required how many of the parameters have no default
     * @return one element a parameter; null where it was not given
     * @throws TemplateFault if they do not fit
     */
    @Nullable
    Object[] bind(String called, int required, String... parameters) {
        @Nullable Object[] bound = new @Nullable Object[parameters.length];
        Map<String, Object> left = new LinkedHashMap<>(named);
        if (positional.size() > parameters.length) {
            throw new TemplateFault(
                    called + " takes at most " + parameters.length + " arguments, and is given " + positional.size());
        }
        for (int i = 0; i < parameters.length; i++) {
            boolean given = i < positional.size();
            bound[i] = given ? positional.get(i) : left.remove(parameters[i]);
            if (bound[i] == null && i < required) {
                throw new TemplateFault(called + " lacks the argument '" + parameters[i] + "'");
            }
        }
        if (!left.isEmpty()) {
            throw new TemplateFault(
                    called + " takes no argument '" + left.keySet().iterator().next() + "'");
        }
        return bound;
    }

    /** The same where nothing can be given by name. */
    @Nullable
    Object[] bindPositional(String called, int required, String... parameters) {
        if (!named.isEmpty()) {
            throw new TemplateFault(called + " takes no argument by name");
        }
        return bind(called, required, parameters);
    }
}
