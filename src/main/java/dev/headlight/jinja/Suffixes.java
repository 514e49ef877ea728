package dev.headlight.jinja;

import java.util.List;
import java.util.Map;

/** Parses what follows an operand: attributes, subscripts, slices, calls, filters and tests. */
final class Suffixes {
    private final Tokens tokens;
    private final Expressions expressions;
    private final Operands operands;

    Suffixes(Tokens tokens, Expressions expressions, Operands operands) {
        this.tokens = tokens;
        this.expressions = expressions;
        this.operands = operands;
    }

    /** Parses attributes, subscripts and calls. */
    Expr postfix(Expr first) {
        Expr expr = first;
        while (true) {
            if (tokens.skipOperator(".")) {
                expr = attribute(expr);
            } else if (tokens.skipOperator("[")) {
                expr = subscript(expr);
            } else if (tokens.current().isOperator("(")) {
                expr = call(expr);
            } else {
                return expr;
            }
        }
    }

    private Expr attribute(Expr owner) {
        Token token = tokens.next();
        if (token.is(Token.Type.NAME)) {
            String name = (String) token.value();
            return Expr.counted(frame -> Attributes.attribute(owner.eval(frame), name));
        } else if (token.value() instanceof Long index) {
            return Expr.counted(frame -> Attributes.element(frame.budget(), owner.eval(frame), index));
        }
        throw TemplateFault.at(token.line(), "expected a name after '.' but found " + token);
    }

    private Expr subscript(Expr owner) {
        Expr start = tokens.current().isOperator(":") ? Operands.constant(None.NONE) : expressions.expression();
        if (tokens.skipOperator("]")) {
            return Expr.counted(frame -> Attributes.element(frame.budget(), owner.eval(frame), start.eval(frame)));
        }
        if (!tokens.skipOperator(":")) {
            throw new Unsupported("a subscript of several values");
        }
        Expr stop = bound();
        Expr step = tokens.skipOperator(":") ? bound() : Operands.constant(None.NONE);
        tokens.expectOperator("]");
        return Expr.counted(frame -> Operators.slice(
                frame.budget(), owner.eval(frame), start.eval(frame), stop.eval(frame), step.eval(frame)));
    }

    private Expr bound() {
        boolean none = tokens.current().isOperator(":") || tokens.current().isOperator("]");
        return none ? Operands.constant(None.NONE) : expressions.expression();
    }

    private Expr call(Expr callee) {
        Call call = Call.parse(tokens, expressions);
        return Expr.counted(frame -> {
            Object function = callee.eval(frame);
            if (function instanceof Undefined undefined) {
                throw undefined.fault();
            } else if (function instanceof Function f) {
                return f.call(frame, call.eval(frame));
            }
            throw new TemplateFault("a value of type " + Values.type(function) + " cannot be called");
        });
    }

    /** Parses filters, tests, and calls of their results. */
    Expr filters(Expr first) {
        Expr expr = first;
        while (true) {
            if (tokens.current().isOperator("|")) {
                expr = filter(expr);
            } else if (tokens.skipName("is")) {
                expr = test(expr);
            } else if (tokens.current().isOperator("(")) {
                expr = call(expr);
            } else {
                return expr;
            }
        }
    }

    /** Parses filters. */
    private Expr filter(Expr first) {
        Expr expr = first;
        while (tokens.skipOperator("|")) {
            Expr value = expr;
            String name = tokens.name();
            if (!Filters.exist(name)) {
                expressions.unknown().add(tokens.fault("there is no filter named '" + name + "'"));
            }
            Call call = optionalArguments();
            expr = Expr.counted(frame -> Filters.apply(frame, name, value.eval(frame), call.eval(frame)));
        }
        return expr;
    }

    private Call optionalArguments() {
        return tokens.current().isOperator("(") ? Call.parse(tokens, expressions) : new Call(List.of(), Map.of());
    }

    private Expr test(Expr value) {
        boolean negated = tokens.skipName("not");
        String name = tokens.name();
        if (!Tests.exist(name)) {
            expressions.unknown().add(tokens.fault("there is no test named '" + name + "'"));
        }
        Call call;
        if (!tokens.current().isOperator("(") && startsOperand(tokens.current())) {
            call = new Call(List.of(postfix(operands.primary())), Map.of());
        } else {
            call = optionalArguments();
        }
        return Expr.counted(frame -> Tests.apply(frame, name, value.eval(frame), call.eval(frame)) != negated);
    }

    /** Whether the argument of a test follows without parentheses. */
    private boolean startsOperand(Token token) {
        if (token.isName("is")) {
            throw tokens.fault("tests cannot be chained with 'is'");
        }
        boolean joins = token.isName("else") || token.isName("or") || token.isName("and");
        return switch (token.type()) {
            case NAME -> !joins;
            case STRING, NUMBER -> true;
            default -> token.isOperator("[") || token.isOperator("{");
        };
    }
}
