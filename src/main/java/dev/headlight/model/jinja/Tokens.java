package dev.headlight.model.jinja;

import java.util.List;

/** Where the parser stands in a template. */
final class Tokens {
    private static final int DEPTH = 60; // 191 templates of the hub need at most 20

    private final List<Token> tokens;
    private int at;
    private int depth;

    /** Something inside something else; to be followed by {@link #leave}, unless it fails. */
    void enter() {
        if (++depth > DEPTH) {
            throw fault("the template is nested more than " + DEPTH + " levels deep");
        }
    }

    void leave() {
        depth--;
    }

    /** @param tokens the last is {@code END} */
    Tokens(List<Token> tokens) {
        this.tokens = tokens;
    }

    Token current() {
        return tokens.get(at);
    }

    /** The one after the current. */
    Token look() {
        return tokens.get(Math.min(at + 1, tokens.size() - 1));
    }

    /** The current one, which is passed. */
    Token next() {
        Token token = current();
        at = Math.min(at + 1, tokens.size() - 1);
        return token;
    }

    boolean skipName(String name) {
        boolean there = current().isName(name);
        if (there) {
            next();
        }
        return there;
    }

    boolean skipOperator(String operator) {
        boolean there = current().isOperator(operator);
        if (there) {
            next();
        }
        return there;
    }

    void expectOperator(String operator) {
        if (!skipOperator(operator)) {
            throw fault("'" + operator + "' is expected, and " + current() + " found");
        }
    }

    void expectName(String name) {
        if (!skipName(name)) {
            throw fault("'" + name + "' is expected, and " + current() + " found");
        }
    }

    void expect(Token.Type type) {
        if (!next().is(type)) {
            throw fault("a tag is not ended as it must be");
        }
    }

    String name() {
        if (!current().is(Token.Type.NAME)) {
            throw fault("a name is expected, and " + current() + " found");
        }
        return (String) next().value();
    }

    TemplateFault fault(String message) {
        return TemplateFault.at(current().line(), message);
    }
}
