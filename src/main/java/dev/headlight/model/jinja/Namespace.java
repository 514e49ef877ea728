package dev.headlight.model.jinja;

import java.util.Map;

/** Jinja's {@code namespace}: the one value that a template can change, and so carries results out of loops. */
record Namespace(Map<String, Object> attributes) {
    void set(String name, Object value) {
        if (name.startsWith("_")) {
            throw new TemplateFault("a namespace cannot have the attribute '" + name + "', which begins with _");
        }
        attributes.put(name, value);
    }
}
