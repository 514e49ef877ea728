package dev.headlight.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The argument expressions of a call. */
record Call(List<Expr> positional, Map<String, Expr> named) {
    /** Parses the arguments, including the parentheses. */
    static Call parse(Tokens tokens, Expressions expressions) {
        Call call = new Call(new ArrayList<>(), new LinkedHashMap<>());
        tokens.expectOperator("(");
        while (!tokens.skipOperator(")")) {
            call.argument(tokens, expressions);
            if (!tokens.current().isOperator(")")) {
                tokens.expectOperator(",");
            }
        }
        return call;
    }

    private void argument(Tokens tokens, Expressions expressions) {
        if (tokens.current().isOperator("*") || tokens.current().isOperator("**")) {
            throw new Unsupported("a call with * or **");
        } else if (tokens.current().is(Token.Type.NAME) && tokens.look().isOperator("=")) {
            String name = tokens.name();
            tokens.next();
            if (named.put(name, expressions.expression()) != null) {
                throw tokens.fault("the argument '" + name + "' is repeated");
            }
        } else if (named.isEmpty()) {
            positional.add(expressions.expression());
        } else {
            throw tokens.fault("a positional argument follows a named one");
        }
    }

    /** Evaluates the arguments. */
    Arguments eval(Frame frame) {
        Map<String, Object> byName = new LinkedHashMap<>();
        List<Object> values = Expressions.all(frame, positional);
        named.forEach((name, value) -> byName.put(name, value.eval(frame)));
        return new Arguments(values, byName);
    }
}
