package dev.headlight.model.jinja;

import java.util.ArrayList;
import java.util.List;

/**
 * Filters and tests that nobody knows. Jinja refuses the template for them, save in the branches of a condition, where it
 * waits until they are called.
 */
final class Unknown {
    private final List<TemplateFault> found = new ArrayList<>();

    void add(TemplateFault fault) {
        found.add(fault);
    }

    int mark() {
        return found.size();
    }

    void forgive(int mark) {
        found.subList(mark, found.size()).clear();
    }

    /** @throws TemplateFault if there is one since */
    void refuse(int mark) {
        if (found.size() > mark) {
            throw found.get(mark);
        }
    }
}
