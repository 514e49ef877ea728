package dev.headlight.model.jinja;

/**
 * A piece of a template's source.
 *
 * @param value a string without its quotes and escapes, a number's value, or the text itself
 */
record Token(Type type, Object value, int line) {
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

    boolean is(Type wanted) {
        return type == wanted;
    }

    boolean isName(String name) {
        return type == Type.NAME && value.equals(name);
    }

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
