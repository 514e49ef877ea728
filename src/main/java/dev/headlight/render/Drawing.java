package dev.headlight.render;

import java.awt.Dimension;

/** Something that can be drawn as a picture. */
public interface Drawing {
    /** The size in px. Nothing is drawn for it, so a picture that is too large can be refused in time. */
    Dimension size();

    /** The number of pixels, found without drawing. */
    default long pixels() {
        Dimension size = size();
        return (long) size.width * size.height;
    }

    /** The picture as a PNG file. */
    byte[] png();

    /** The picture as an SVG file in UTF-8. */
    byte[] svg();
}
