package dev.headlight.model.jinja;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The names of one pass through a template, macro, loop body or block, and the scope around it. */
final class Scope {
    private final @Nullable Scope parent;
    private final Names names;
    private final Map<String, Object> values = new HashMap<>();

    Scope(@Nullable Scope parent, Names names) {
        this.parent = parent;
        this.names = names;
    }

    void set(String name, Object value) {
        values.put(name, value);
    }

    Object get(String name) {
        for (Scope scope = this; scope != null; scope = scope.parent) {
            Object value = scope.values.get(name);
            if (value instanceof Withheld withheld) {
                throw new TemplateFault(withheld.why());
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
