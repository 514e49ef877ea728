package dev.headlight.model.jinja;

/** What one rendering may use, in time, in memory and of the stack; conversations use a small part of it. */
final class Budget {
    static final long STEPS = 10_000_000; // under a second
    static final long BYTES = 64L << 20; // of all that is made, though most is garbage at once
    static final int DEPTH = 500; // 191 templates of well-known models need at most 30
    private static final int BYTES_PER_REFERENCE = 8;
    private static final int BYTES_PER_OBJECT = 64; // a short string, a number or a list, and a reference to it
    private static final int CHARACTERS_PER_STEP = 32; // are read or made in the time of a step
    private static final int SHORT = 64; // characters

    private long steps;
    private long bytes;
    private int depth;

    /** One expression, statement or element. */
    void step() {
        steps(1);
    }

    /** Something inside something else; to be followed by {@link #leave}, unless it fails. */
    void enter() {
        steps(1);
        if (++depth > DEPTH) {
            throw new TemplateFault("is nested more than " + DEPTH + " levels deep");
        }
    }

    void leave() {
        depth--;
    }

    /** @throws TemplateFault if that is too many, as all that follow do */
    void steps(long count) {
        steps += count;
        if (steps > STEPS) {
            throw new TemplateFault("takes more than " + STEPS + " steps");
        }
    }

    /** Reads characters. */
    void read(long count) {
        steps(1 + count / CHARACTERS_PER_STEP);
    }

    /** Looks for a part; a long one may be compared at every place. */
    void search(String text, String part) {
        read(part.length() <= SHORT ? text.length() : (long) text.length() * part.length());
    }

    /** Makes text of so many characters; to be called before. */
    void make(long characters) {
        read(characters);
        allocate(characters, Character.BYTES);
    }

    /** Makes a list of so many elements that there are already; to be called before. */
    void list(long size) {
        steps(size);
        allocate(size, BYTES_PER_REFERENCE);
    }

    /** Makes so many values; to be called before. */
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
