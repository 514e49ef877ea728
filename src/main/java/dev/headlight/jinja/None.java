package dev.headlight.jinja;

/** Python's {@code None}. */
public enum None {
    /** The only value. */
    NONE
}
