package dev.headlight.jinja;

import java.util.ArrayList;
import java.util.List;

/**
 * Unknown filters and tests found while parsing. Jinja refuses the template for them, except in branches of a
 * condition, where it fails only when they are called.
 */
final class UnknownFilters {
    private final List<TemplateFault> found = new ArrayList<>();

    /** Records an unknown filter or test. */
    void add(TemplateFault fault) {
        found.add(fault);
    }

    /** Marks the current position. */
    int mark() {
        return found.size();
    }

    /** Forgets the faults since a mark. */
    void forget(int mark) {
        found.subList(mark, found.size()).clear();
    }

    /**
     * Throws the first fault since a mark, if any.
     *
     * @throws TemplateFault if there is one
     */
    void throwFirst(int mark) {
        if (found.size() > mark) {
            throw found.get(mark);
        }
    }
}
