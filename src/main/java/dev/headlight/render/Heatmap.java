package dev.headlight.render;

import java.awt.Dimension;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** Draws figures. Stateless: safe for any number of threads. */
public final class Heatmap {
    private static final Map<RenderingHints.Key, Object> SMOOTH_TEXT = Map.of(
            RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON,
            RenderingHints.KEY_FRACTIONALMETRICS, RenderingHints.VALUE_FRACTIONALMETRICS_ON);

    private Heatmap() {}

    /** The figure as a PNG file. */
    public static byte[] png(Figure figure) {
        Layout layout = Layout.of(figure);
        var image = new BufferedImage(layout.size().width, layout.size().height, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = image.createGraphics();
        g.addRenderingHints(SMOOTH_TEXT);
        new Painter(new Canvas(g, false, true)).paint(layout);
        g.dispose();
        return encoded(image);
    }

    /** The figure as an SVG file in UTF-8: text as text, and a rectangle per cell, or an image where they are many. */
    public static byte[] svg(Figure figure) {
        return Svg.draw(figure, Layout.of(figure));
    }

    /** How large the picture will be, in px, without drawing it: so that what is too large can be refused in time. */
    public static Dimension size(Figure figure) {
        return Layout.of(figure).size();
    }

    // in memory: ImageIO.write would go through a file
    private static byte[] encoded(BufferedImage image) {
        ImageWriter writer = ImageIO.getImageWritersByFormatName("png").next();
        var bytes = new ByteArrayOutputStream();
        try (var out = new MemoryCacheImageOutputStream(bytes)) {
            writer.setOutput(out);
            writer.write(new IIOImage(image, null, null));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            writer.dispose();
        }
        return bytes.toByteArray();
    }
}
