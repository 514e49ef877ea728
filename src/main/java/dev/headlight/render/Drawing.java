package dev.headlight.render;

import java.awt.Dimension;
import java.io.IOException;
import java.io.OutputStream;

/** A picture that can be written as PNG or SVG. */
public interface Drawing {
    /** Size in px, computed without drawing, so that pictures that are too large can be refused early. */
    Dimension size();

    /** Number of pixels, computed without drawing. */
    default long pixels() {
        Dimension size = size();
        return (long) size.width * size.height;
    }

    /** Most bytes of the heap that drawing takes, together with the file: an estimate, computed without drawing. */
    long heapBytes();

    /**
     * This picture, or a coarser one within the given pixels and bytes. It may still have more, if nothing coarser would be
     * readable.
     *
     * @param pixels the most {@link #pixels}
     * @param bytes the most {@link #heapBytes}
     */
    Drawing within(long pixels, long bytes);

    /**
     * Writes the picture as a PNG file.
     *
     * @param out stays open
     */
    void png(OutputStream out) throws IOException;

    /**
     * Writes the picture as an SVG file in UTF-8.
     *
     * @param out stays open
     */
    void svg(OutputStream out) throws IOException;
}
