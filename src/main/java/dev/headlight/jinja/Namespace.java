package dev.headlight.jinja;

import java.util.Map;

/**
 * Jinja's {@code namespace}, the only value that a template can change. Templates use it to carry results out of loops.
 */
record Namespace(Map<String, Object> attributes) {
    /** Sets an attribute. */
    void set(String name, Object value) {
        if (name.startsWith("_")) {
            throw new TemplateFault("a namespace cannot have the attribute '" + name + "', which starts with _");
        }
        attributes.put(name, value);
    }
}
