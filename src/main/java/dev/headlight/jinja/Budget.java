package dev.headlight.jinja;

/** Limits the time, memory and nesting depth of one rendering. Real conversations use a small part of it. */
final class Budget {
    static final long STEPS = 10_000_000; // takes less than a second
    static final long BYTES = 64L << 20; // total allocation, though most becomes garbage at once
    static final int DEPTH = 500; // 191 templates of well-known models need at most 30
    private static final int BYTES_PER_REFERENCE = 8;
    private static final int BYTES_PER_OBJECT = 64; // a short string, a number or a list, and a reference to it
    private static final int CHARACTERS_PER_STEP = 32; // read or written in the time of one step
    private static final int SHORT = 64; // characters that are fast to search for

    private long steps;
    private long bytes;
    private int depth;

    /** Counts one expression, statement or element. */
    void step() {
        steps(1);
    }

    /** Counts one more level of nesting, until {@link #leave}. A rendering that fails need not leave. */
    void enter() {
        steps(1);
        if (++depth > DEPTH) {
            throw new TemplateFault("is nested more than " + DEPTH + " levels deep");
        }
    }

    /** Ends a level of nesting. */
    void leave() {
        depth--;
    }

    /**
     * Counts steps.
     *
     * @throws TemplateFault if the rendering has used more than its steps; so do all later calls
     */
    void steps(long count) {
        steps += count;
        if (steps > STEPS) {
            throw new TemplateFault("takes more than " + STEPS + " steps");
        }
    }

    /** Counts the reading of characters. */
    void read(long count) {
        steps(1 + count / CHARACTERS_PER_STEP);
    }

    /** Counts a search for {@code part}. A long one may be compared at every position. */
    void search(String text, String part) {
        read(part.length() <= SHORT ? text.length() : (long) text.length() * part.length());
    }

    /** Counts a new text. Call it before making the text. */
    void make(long characters) {
        read(characters);
        allocate(characters, Character.BYTES);
    }

    /** Counts a new list of existing values. Call it before making the list. */
    void list(long size) {
        steps(size);
        allocate(size, BYTES_PER_REFERENCE);
    }

    /** Counts new values. Call it before making them. */
    void values(long count) {
        steps(count);
        allocate(count, BYTES_PER_OBJECT);
    }

    private void allocate(long count, int bytesEach) {
        bytes += count * bytesEach;
        if (bytes > BYTES) {
            throw new TemplateFault("makes more than " + BYTES + " bytes of text and lists");
        }
    }
}
