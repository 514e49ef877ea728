package dev.headlight.render;

/** Font sizes, in px. */
final class FontSize {
    /** Title of the picture. */
    static final float TITLE = 14;
    /** Names of axes, panels and the colour bar. */
    static final float NAME = 12;
    /** Tick labels, cell texts and node labels. */
    static final float LABEL = 11;

    private FontSize() {}
}
