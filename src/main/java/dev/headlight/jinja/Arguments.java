package dev.headlight.jinja;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The arguments of a call to a function, filter or test. */
record Arguments(List<Object> positional, Map<String, Object> named) {
    /** Number of all arguments. */
    int size() {
        return positional.size() + named.size();
    }

    /** The arguments without the first {@code count} positional ones. */
    Arguments from(int count) {
        return new Arguments(positional.subList(count, positional.size()), named);
    }

    /**
     * Matches the arguments to the parameters of a signature.
     *
     * @param called name of the callee, for messages
     * @param required number of parameters without a default
     * @param parameters names, in order
     * @return one element per parameter; null if it was not given
     * @throws TemplateFault if the arguments do not match
     */
    @Nullable
    Object[] bind(String called, int required, String... parameters) {
        @Nullable Object[] bound = new @Nullable Object[parameters.length];
        Map<String, Object> left = new LinkedHashMap<>(named);
        if (positional.size() > parameters.length) {
            throw new TemplateFault(
                    called + " takes at most " + parameters.length + " arguments but got " + positional.size());
        }
        for (int i = 0; i < parameters.length; i++) {
            boolean given = i < positional.size();
            bound[i] = given ? positional.get(i) : left.remove(parameters[i]);
            if (bound[i] == null && i < required) {
                throw new TemplateFault(called + " is missing the argument '" + parameters[i] + "'");
            }
        }
        if (!left.isEmpty()) {
            throw new TemplateFault(
                    called + " takes no argument '" + left.keySet().iterator().next() + "'");
        }
        return bound;
    }

    /**
     * Matches the arguments of a callee that takes no named arguments.
     *
     * @throws TemplateFault if an argument is named or the arguments do not match
     */
    @Nullable
    Object[] bindPositional(String called, int required, String... parameters) {
        if (!named.isEmpty()) {
            throw new TemplateFault(called + " takes no named arguments");
        }
        return bind(called, required, parameters);
    }
}
