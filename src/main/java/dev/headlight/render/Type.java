package dev.headlight.render;

/** Font sizes, in px. */
final class Type {
    static final float TITLE = 14;
    static final float NAME = 12;
    static final float LABEL = 11;

    private Type() {}
}
