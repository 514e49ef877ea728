package dev.headlight.jinja;

import org.jspecify.annotations.Nullable;

/**
 * A macro.
 *
 * @param name of the macro
 * @param signature its parameters
 * @param body its statements
 * @param names of its scope
 * @param enclosing scope of the definition; the macro sees the values that its names have when the macro is called
 */
record Macro(String name, Signature signature, Node body, Names names, Scope enclosing) implements Function {
    @Override
    public Object call(Frame frame, Arguments arguments) {
        String[] parameters = signature.parameters().toArray(String[]::new);
        @Nullable Object[] bound = arguments.bind("macro '" + name + "'", 0, parameters);
        Frame inside = frame.capturing(enclosing, names);
        for (int i = 0; i < bound.length; i++) {
            Object value = bound[i];
            inside.scope().set(parameters[i], value == null ? signature.missing(inside, i) : value);
        }
        body.run(inside);
        return inside.out().toString();
    }
}
