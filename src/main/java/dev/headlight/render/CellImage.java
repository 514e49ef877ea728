package dev.headlight.render;

import java.awt.Graphics2D;
import java.awt.Rectangle;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.OutputStream;

/**
 * The cells of a panel as an image with one px per cell.
 *
 * @param panel without cell texts
 * @param scale of its colours
 */
record CellImage(Panel panel, Scale scale) {
    /** The colours of some rows, {@code [rows * columns]}. */
    private int[] colors(int from, int rows) {
        int columns = panel.columnCount();
        int[] rgb = new int[rows * columns];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = Colormap.rgb(scale, panel.values().at(from * columns + i));
        }
        return rgb;
    }

    /** Draws the rows that are visible in a strip of a bitmap. */
    void draw(Graphics2D g, Rectangle strip, Rectangle place, CellSize cell) {
        int from = Math.max(0, (strip.y - place.y) / cell.height());
        int end = Math.min(panel.rowCount(), (strip.y + strip.height - place.y + cell.height() - 1) / cell.height());
        int rows = end - from;
        if (rows > 0) {
            var image = new BufferedImage(panel.columnCount(), rows, BufferedImage.TYPE_INT_RGB);
            image.setRGB(0, 0, image.getWidth(), rows, colors(from, rows), 0, image.getWidth());
            g.drawImage(image, place.x, place.y + from * cell.height(), place.width, rows * cell.height(), null);
        }
    }

    /** Writes the image as a PNG file, row by row. */
    void png(OutputStream out) throws IOException {
        try (PngFile file = new PngFile(panel.columnCount(), panel.rowCount(), out)) {
            for (int row = 0; row < panel.rowCount(); row++) {
                file.write(colors(row, 1), 1);
            }
            file.finish();
        }
    }
}
