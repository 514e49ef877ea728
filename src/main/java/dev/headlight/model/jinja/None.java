package dev.headlight.model.jinja;

/** Python's {@code None}. */
public enum None {
    /** The only value. */
    NONE
}
