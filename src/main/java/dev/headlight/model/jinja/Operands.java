package dev.headlight.model.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Parses what the operators of expressions work on: literals, names, attributes, calls, filters and tests. */
final class Operands {
    private static final Set<String> SPECIAL = Set.of("caller", "kwargs", "self", "super", "varargs");

    private final Tokens tokens;
    private final Expressions expressions;
    private final Unknown unknown = new Unknown();

    Operands(Tokens tokens, Expressions expressions) {
        this.tokens = tokens;
        this.expressions = expressions;
    }

    Unknown unknown() {
        return unknown;
    }

    /** @param filtered whether filters and tests that follow belong to it */
    Expr unary(boolean filtered) {
        Expr operand;
        if (tokens.skipOperator("-")) {
            tokens.enter();
            Expr negated = unary(false);
            tokens.leave();
            operand = Expr.counted(frame -> Operators.negate(negated.eval(frame)));
        } else if (tokens.current().isOperator("+")) {
            throw new Unsupported("the sign +");
        } else {
            operand = primary();
        }
        operand = postfix(operand);
        return filtered ? filters(operand) : operand;
    }

    private Expr primary() {
        Token token = tokens.next();
        return switch (token.type()) {
            case NAME -> name((String) token.value());
            case STRING -> constant(strings((String) token.value()));
            case NUMBER -> constant(token.value());
            default -> {
                if (token.isOperator("(")) {
                    yield parentheses();
                } else if (token.isOperator("[")) {
                    yield list();
                } else if (token.isOperator("{")) {
                    yield dict();
                }
                throw TemplateFault.at(token.line(), token + " is not expected here");
            }
        };
    }

    private static Expr constant(Object value) {
        return Expr.counted(frame -> value);
    }

    private Expr name(String name) {
        return switch (name) {
            case "true", "True" -> constant(true);
            case "false", "False" -> constant(false);
            case "none", "None" -> constant(None.NONE);
            default -> variable(name);
        };
    }

    private Expr variable(String name) {
        if (SPECIAL.contains(name)) {
            throw new Unsupported("the name '" + name + "'");
        }
        expressions.names().read(name);
        return Expr.counted(frame -> frame.scope().get(name));
    }

    /** Strings that follow each other are one. */
    private String strings(String first) {
        StringBuilder all = new StringBuilder(first);
        while (tokens.current().is(Token.Type.STRING)) {
            all.append(tokens.next().value());
        }
        return all.toString();
    }

    private Expr parentheses() {
        Expr inside = tokens.current().isOperator(")") ? Expressions.tupleOf(List.of()) : expressions.tuple(true);
        tokens.expectOperator(")");
        return inside;
    }

    private Expr list() {
        List<Expr> items = new ArrayList<>();
        while (!tokens.skipOperator("]")) {
            items.add(expressions.expression());
            if (!tokens.current().isOperator("]")) {
                tokens.expectOperator(",");
            }
        }
        return Expr.counted(frame -> Expressions.list(frame, items));
    }

    private Expr dict() {
        Map<Expr, Expr> entries = new LinkedHashMap<>();
        while (!tokens.skipOperator("}")) {
            Expr key = expressions.expression();
            tokens.expectOperator(":");
            entries.put(key, expressions.expression());
            if (!tokens.current().isOperator("}")) {
                tokens.expectOperator(",");
            }
        }
        return Expr.counted(frame -> {
            frame.budget().values(1 + entries.size());
            Map<Object, Object> dict = new LinkedHashMap<>();
            entries.forEach((key, value) -> dict.put(Values.key(key.eval(frame)), value.eval(frame)));
            return dict;
        });
    }

    private Expr postfix(Expr first) {
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
        throw TemplateFault.at(token.line(), "a name is expected after '.', and " + token + " found");
    }

    private Expr subscript(Expr owner) {
        Expr start = tokens.current().isOperator(":") ? constant(None.NONE) : expressions.expression();
        if (tokens.skipOperator("]")) {
            return Expr.counted(frame -> Attributes.element(frame.budget(), owner.eval(frame), start.eval(frame)));
        }
        if (!tokens.skipOperator(":")) {
            throw new Unsupported("a subscript of several values");
        }
        Expr stop = bound();
        Expr step = tokens.skipOperator(":") ? bound() : constant(None.NONE);
        tokens.expectOperator("]");
        return Expr.counted(frame -> Operators.slice(
                frame.budget(), owner.eval(frame), start.eval(frame), stop.eval(frame), step.eval(frame)));
    }

    private Expr bound() {
        boolean none = tokens.current().isOperator(":") || tokens.current().isOperator("]");
        return none ? constant(None.NONE) : expressions.expression();
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

    private Expr filters(Expr first) {
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

    /** The filters that follow, one or more. */
    Expr filter(Expr first) {
        Expr expr = first;
        while (tokens.skipOperator("|")) {
            Expr value = expr;
            String name = tokens.name();
            if (!Filters.exist(name)) {
                unknown.add(tokens.fault("there is no filter named '" + name + "'"));
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
            unknown.add(tokens.fault("there is no test named '" + name + "'"));
        }
        Call call;
        if (!tokens.current().isOperator("(") && startsOperand(tokens.current())) {
            call = new Call(List.of(postfix(primary())), Map.of());
        } else {
            call = optionalArguments();
        }
        return Expr.counted(frame -> Tests.apply(frame, name, value.eval(frame), call.eval(frame)) != negated);
    }

    /** Whether a test's one argument follows without parentheses. */
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
