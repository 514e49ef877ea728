package dev.headlight.render;

import java.awt.Dimension;
import java.awt.Graphics2D;
import java.awt.Rectangle;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferInt;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Map;
import java.util.function.Consumer;

/** Writes a drawing as a PNG file. It is drawn in strips, so that the pixels of a large picture are never all in memory. */
final class Png {
    static final Map<RenderingHints.Key, Object> SMOOTH = Map.of(
            RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON,
            RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE,
            RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON,
            RenderingHints.KEY_FRACTIONALMETRICS, RenderingHints.VALUE_FRACTIONALMETRICS_ON);

    /** Pixels of one strip: most pictures are one. */
    static final int STRIP = 1 << 20;

    private Png() {}

    /**
     * Draws a picture.
     *
     * @param drawing called once for each strip
     * @param out stays open
     */
    static void draw(Dimension size, Consumer<Canvas> drawing, OutputStream out) throws IOException {
        draw(size, STRIP, drawing, out);
    }

    /** @param most pixels of one strip */
    static void draw(Dimension size, int most, Consumer<Canvas> drawing, OutputStream out) throws IOException {
        int height = Math.max(1, Math.min(size.height, most / size.width));
        var strip = new BufferedImage(size.width, height, BufferedImage.TYPE_INT_RGB);
        int[] rgb = ((DataBufferInt) strip.getRaster().getDataBuffer()).getData();
        try (PngFile file = new PngFile(size.width, size.height, out)) {
            for (int top = 0; top < size.height; top += height) {
                int rows = Math.min(height, size.height - top);
                Graphics2D g = strip.createGraphics();
                g.addRenderingHints(SMOOTH);
                g.translate(0, -top);
                drawing.accept(Canvas.bitmap(g, new Rectangle(0, top, size.width, rows)));
                g.dispose();
                file.write(rgb, rows);
            }
            file.finish();
        }
    }
}
