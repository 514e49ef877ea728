package dev.headlight.jinja;

/**
 * Jinja's undefined value. It can be printed, tested and iterated over; any other use fails with the message.
 *
 * @param message why it is undefined
 */
record Undefined(String message) {
    /** The value of an undefined name. */
    static Undefined name(String name) {
        return new Undefined("'" + name + "' is undefined");
    }

    /** The value of a missing attribute or element. */
    static Undefined of(Object owner, Object key) {
        String type = owner == None.NONE ? "None" : Values.type(owner) + " object";
        return new Undefined(
                key instanceof String
                        ? "'" + type + "' has no attribute '" + key + "'"
                        : type + " has no element " + (key instanceof Long ? key : Values.type(key)));
    }

    /** The exception of an operation that needs a value. */
    TemplateFault fault() {
        return new TemplateFault(message);
    }
}
