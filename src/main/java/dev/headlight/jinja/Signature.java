package dev.headlight.jinja;

import java.util.ArrayList;
import java.util.List;

/**
 * The parameters of a macro.
 *
 * @param parameters names
 * @param defaults of the last parameters
 */
record Signature(List<String> parameters, List<Expr> defaults) {
    /** Parses the parameters, including the parentheses, and adds them to the current scope. */
    static Signature parse(Tokens tokens, Expressions expressions) {
        Signature signature = new Signature(new ArrayList<>(), new ArrayList<>());
        tokens.expectOperator("(");
        while (!tokens.skipOperator(")")) {
            String parameter = Target.name(tokens);
            expressions.names().parameter(parameter);
            signature.parameters.add(parameter);
            if (tokens.skipOperator("=")) {
                signature.defaults.add(expressions.expression());
            } else if (!signature.defaults.isEmpty()) {
                throw tokens.fault("a parameter without a default follows one with a default");
            }
            if (!tokens.current().isOperator(")")) {
                tokens.expectOperator(",");
            }
        }
        return signature;
    }

    /** Value of a parameter that was not given. */
    Object missing(Frame inside, int parameter) {
        int at = parameter - (parameters.size() - defaults.size());
        return at < 0
                ? new Undefined("parameter '" + parameters.get(parameter) + "' was not provided")
                : defaults.get(at).eval(inside);
    }
}
