package dev.headlight.jinja;

import java.util.List;

/** An iterable other than a list: a range, a dict view, or the result of a filter. */
final class Sequence {
    /** Python's type of the iterable. */
    enum Kind {
        /** The result of {@code range}. */
        RANGE,
        /** The keys, values or items of a dict. */
        VIEW,
        /** Can be iterated once, and is true even if it is empty. */
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

    /** The items, without iterating. */
    List<Object> peek() {
        return items;
    }

    /** Iterates over the items. */
    List<Object> items() {
        if (isGenerator()) {
            if (used) {
                throw new Unsupported("iterating twice over the result of a filter (apply the filter list first)");
            }
            used = true;
        }
        return items;
    }
}
