package dev.headlight.render;

import java.awt.Dimension;

/** A picture that can be written as PNG or SVG. */
public interface Drawing {
    /** Size in px, computed without drawing, so that pictures that are too large can be refused early. */
    Dimension size();

    /** Number of pixels, computed without drawing. */
    default long pixels() {
        Dimension size = size();
        return (long) size.width * size.height;
    }

    /** The picture as a PNG file. */
    byte[] png();

    /** The picture as an SVG file in UTF-8. */
    byte[] svg();
}
