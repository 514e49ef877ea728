package dev.headlight.jinja;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The values of names during one run of a template, macro, loop body or block, with the enclosing scope. */
final class Scope {
    private final @Nullable Scope parent;
    private final Names names;
    private final Map<String, Object> values = new HashMap<>();

    Scope(@Nullable Scope parent, Names names) {
        this.parent = parent;
        this.names = names;
    }

    /** Sets the value of a name. */
    void set(String name, Object value) {
        values.put(name, value);
    }

    /**
     * Value of a name in this scope, an enclosing one or the globals; {@link Undefined} if it has no value.
     *
     * @throws TemplateFault if the value is not available
     */
    Object get(String name) {
        for (Scope scope = this; scope != null; scope = scope.parent) {
            Object value = scope.values.get(name);
            if (value instanceof UnavailableValue unavailable) {
                throw new TemplateFault(unavailable.reason());
            } else if (value != null) {
                return value;
            } else if (scope.names.hides(name)) {
                return Undefined.name(name);
            }
        }
        Object global = Globals.find(name);
        return global == null ? Undefined.name(name) : global;
    }
}
