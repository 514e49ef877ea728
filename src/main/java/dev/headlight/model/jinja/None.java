package dev.headlight.model.jinja;

/** Python's {@code None}. */
public enum None {
    NONE
}
