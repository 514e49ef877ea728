package dev.headlight.model.jinja;

import java.util.List;

/** What can be gone through, and is no list: a range, the keys or values or items of a dict, or what a filter yields. */
final class Sequence {
    enum Kind {
        RANGE,
        VIEW,
        /** Can be gone through once, and is true whether it yields anything or not. */
        GENERATOR
    }

    private final Kind kind;
    private final List<Object> items;
    private boolean used;

    Sequence(Kind kind, List<Object> items) {
        this.kind = kind;
        this.items = items;
    }

    Kind kind() {
        return kind;
    }

    boolean isGenerator() {
        return kind == Kind.GENERATOR;
    }

    /** Its items, without going through them. */
    List<Object> peek() {
        return items;
    }

    /** Goes through them. */
    List<Object> items() {
        if (isGenerator()) {
            if (used) {
                throw new Unsupported(
                        "going a second time through what a filter yields (put it through the filter list)");
            }
            used = true;
        }
        return items;
    }
}
