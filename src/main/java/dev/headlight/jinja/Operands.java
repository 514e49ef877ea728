package dev.headlight.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Parses the operands of expressions: literals, names and parentheses, with what follows them. */
final class Operands {
    private static final Set<String> SPECIAL = Set.of("caller", "kwargs", "self", "super", "varargs");

    private final Tokens tokens;
    private final Expressions expressions;
    private final Suffixes suffixes;

    Operands(Tokens tokens, Expressions expressions) {
        this.tokens = tokens;
        this.expressions = expressions;
        this.suffixes = new Suffixes(tokens, expressions, this);
    }

    /**
     * Parses an operand with its sign.
     *
     * @param filtered whether filters and tests that follow belong to it
     */
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
        operand = suffixes.postfix(operand);
        return filtered ? suffixes.filters(operand) : operand;
    }

    /** Parses a literal, a name, or an expression in parentheses. */
    Expr primary() {
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
                throw TemplateFault.at(token.line(), token + " is unexpected");
            }
        };
    }

    /** An expression with a fixed value. */
    static Expr constant(Object value) {
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

    /** Joins adjacent string literals. */
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
}
