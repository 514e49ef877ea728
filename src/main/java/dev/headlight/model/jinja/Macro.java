package dev.headlight.model.jinja;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A macro.
 *
 * @param defaults of the last parameters
 * @param around the scope that it was defined in, whose names it sees as they are when it is called
 */
record Macro(String name, List<String> parameters, List<Expr> defaults, Node body, Names names, Scope around)
        implements Function {
    @Override
    public Object call(Frame frame, Arguments arguments) {
        @Nullable Object[] bound = arguments.bind("macro '" + name + "'", 0, parameters.toArray(String[]::new));
        Frame inside = frame.aside(around, names);
        for (int i = 0; i < bound.length; i++) {
            Object value = bound[i];
            inside.scope().set(parameters.get(i), value == null ? missing(inside, i) : value);
        }
        body.run(inside);
        return inside.out().toString();
    }

    private Object missing(Frame inside, int parameter) {
        int at = parameter - (parameters.size() - defaults.size());
        return at < 0
                ? new Undefined("parameter '" + parameters.get(parameter) + "' was not provided")
                : defaults.get(at).eval(inside);
    }
}
