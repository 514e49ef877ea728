package dev.headlight.model.jinja;

import org.jspecify.annotations.Nullable;

/**
 * A macro.
 *
 * @param around the scope that it was defined in, whose names it sees as they are when it is called
 */
record Macro(String name, Signature signature, Node body, Names names, Scope around) implements Function {
    @Override
    public Object call(Frame frame, Arguments arguments) {
        String[] parameters = signature.parameters().toArray(String[]::new);
        @Nullable Object[] bound = arguments.bind("macro '" + name + "'", 0, parameters);
        Frame inside = frame.aside(around, names);
        for (int i = 0; i < bound.length; i++) {
            Object value = bound[i];
            inside.scope().set(parameters[i], value == null ? signature.missing(inside, i) : value);
        }
        body.run(inside);
        return inside.out().toString();
    }
}
