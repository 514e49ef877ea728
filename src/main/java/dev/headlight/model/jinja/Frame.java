package dev.headlight.model.jinja;

import java.time.LocalDateTime;

/**
 * Where a rendering stands.
 *
 * @param out what has been printed
 * @param now what the template takes for the present
 */
record Frame(Scope scope, StringBuilder out, Budget budget, LocalDateTime now) {
    void print(String text) {
        budget.make(text.length());
        out.append(text);
    }

    /** In a scope of its own, printing to the same place. */
    Frame inner(Names names) {
        return new Frame(new Scope(scope, names), out, budget, now);
    }

    /** In a scope of its own, printing aside. */
    Frame aside(Scope around, Names names) {
        return new Frame(new Scope(around, names), new StringBuilder(), budget, now);
    }
}
