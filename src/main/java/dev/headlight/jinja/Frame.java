package dev.headlight.jinja;

import java.time.LocalDateTime;

/**
 * The state of a rendering.
 *
 * @param scope innermost scope
 * @param out text printed so far
 * @param budget limits of the rendering
 * @param now time for {@code strftime_now}
 */
record Frame(Scope scope, StringBuilder out, Budget budget, LocalDateTime now) {
    /** Prints text. */
    void print(String text) {
        budget.make(text.length());
        out.append(text);
    }

    /** A frame with a new inner scope that prints to the same output. */
    Frame inner(Names names) {
        return new Frame(new Scope(scope, names), out, budget, now);
    }

    /** A frame with a new scope inside {@code enclosing} that prints to its own output. */
    Frame capturing(Scope enclosing, Names names) {
        return new Frame(new Scope(enclosing, names), new StringBuilder(), budget, now);
    }
}
