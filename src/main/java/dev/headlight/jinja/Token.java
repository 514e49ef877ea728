package dev.headlight.jinja;

/**
 * A token of a template.
 *
 * @param type of the token
 * @param value an unescaped string, a number, or the source text
 * @param line in the source, from 1
 */
record Token(Type type, Object value, int line) {
    /** Types of tokens. */
    enum Type {
        DATA,
        VARIABLE_BEGIN,
        VARIABLE_END,
        BLOCK_BEGIN,
        BLOCK_END,
        NAME,
        STRING,
        NUMBER,
        OPERATOR,
        END
    }

    /** Whether it has this type. */
    boolean is(Type wanted) {
        return type == wanted;
    }

    /** Whether it is this name. */
    boolean isName(String name) {
        return type == Type.NAME && value.equals(name);
    }

    /** Whether it is this operator. */
    boolean isOperator(String operator) {
        return type == Type.OPERATOR && value.equals(operator);
    }

    @Override
    public String toString() {
        return switch (type) {
            case DATA -> "text";
            case VARIABLE_BEGIN -> "'{{'";
            case VARIABLE_END -> "'}}'";
            case BLOCK_BEGIN -> "'{%'";
            case BLOCK_END -> "'%}'";
            case END -> "the end of the template";
            case STRING -> "a string";
            case NAME, NUMBER, OPERATOR -> "'" + value + "'";
        };
    }
}
