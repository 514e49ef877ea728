package dev.headlight.model.jinja;

/** What one rendering may use. Real conversations use a thousandth of it. */
final class Budget {
    static final long STEPS = 10_000_000; // under a second
    static final long CHARACTERS = 1L << 25; // made in all, though most are garbage at once
    private static final int PER_STEP = 32; // characters that are read or made in the time of a step

    private static final int SHORT = 64;
    static final int DEPTH = 500; // the same 191 need at most 30

    private int depth;

    private long steps;
    private long characters;

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

    /** @throws TemplateFault if that is too many */
    void steps(long count) {
        steps += count;
        if (steps > STEPS) {
            throw new TemplateFault("takes more than " + STEPS + " steps");
        }
    }

    void read(long count) {
        steps(1 + count / PER_STEP);
    }

    /** Looking for a part; a long one may be compared at every place. */
    void search(String text, String part) {
        read(part.length() <= SHORT ? text.length() : (long) text.length() * part.length());
    }

    /** To be called before they are made. */
    void make(long count) {
        read(count);
        characters += count;
        if (characters > CHARACTERS) {
            throw new TemplateFault("makes more than " + CHARACTERS + " characters of text");
        }
    }
}
