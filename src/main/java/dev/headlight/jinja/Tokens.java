package dev.headlight.jinja;

import java.util.List;

/** The tokens of a template and the position of the parser. */
final class Tokens {
    private static final int DEPTH = 60; // 191 templates of the hub need at most 20

    private final List<Token> tokens;
    private int at;
    private int depth;

    /** Counts one more level of nesting, until {@link #leave}. */
    void enter() {
        if (++depth > DEPTH) {
            throw fault("the template is nested more than " + DEPTH + " levels deep");
        }
    }

    /** Ends a level of nesting. */
    void leave() {
        depth--;
    }

    /**
     * Starts at the first token.
     *
     * @param tokens the last is {@code END}
     */
    Tokens(List<Token> tokens) {
        this.tokens = tokens;
    }

    /** The current token. */
    Token current() {
        return tokens.get(at);
    }

    /** The token after the current one. */
    Token look() {
        return tokens.get(Math.min(at + 1, tokens.size() - 1));
    }

    /** Consumes the current token and returns it. */
    Token next() {
        Token token = current();
        at = Math.min(at + 1, tokens.size() - 1);
        return token;
    }

    /** Consumes the current token if it is this name; returns whether it was. */
    boolean skipName(String name) {
        boolean there = current().isName(name);
        if (there) {
            next();
        }
        return there;
    }

    /** Consumes the current token if it is this operator; returns whether it was. */
    boolean skipOperator(String operator) {
        boolean there = current().isOperator(operator);
        if (there) {
            next();
        }
        return there;
    }

    /** Consumes this operator. */
    void expectOperator(String operator) {
        if (!skipOperator(operator)) {
            throw fault("expected '" + operator + "' but found " + current());
        }
    }

    /** Consumes this name. */
    void expectName(String name) {
        if (!skipName(name)) {
            throw fault("expected '" + name + "' but found " + current());
        }
    }

    /** Consumes a token of this type, which ends a tag. */
    void expect(Token.Type type) {
        if (!next().is(type)) {
            throw fault("a tag has an unexpected end");
        }
    }

    /** Consumes a name. */
    String name() {
        if (!current().is(Token.Type.NAME)) {
            throw fault("expected a name but found " + current());
        }
        return (String) next().value();
    }

    /** A fault at the current line. */
    TemplateFault fault(String message) {
        return TemplateFault.at(current().line(), message);
    }
}
