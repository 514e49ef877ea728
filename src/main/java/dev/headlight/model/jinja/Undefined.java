package dev.headlight.model.jinja;

/**
 * The value of what there is not. It can be printed, tested and gone through; all else fails with the message.
 *
 * @param message why it is undefined
 */
record Undefined(String message) {
    static Undefined name(String name) {
        return new Undefined("'" + name + "' is undefined");
    }

    /** An attribute or an element that a value lacks. */
    static Undefined of(Object owner, Object key) {
        String type = owner == None.NONE ? "None" : Values.type(owner) + " object";
        return new Undefined(
                key instanceof String
                        ? "'" + type + "' has no attribute '" + key + "'"
                        : type + " has no element " + (key instanceof Long ? key : Values.type(key)));
    }

    TemplateFault fault() {
        return new TemplateFault(message);
    }
}
