package dev.headlight.render;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.Rectangle;
import java.awt.geom.AffineTransform;
import java.awt.image.BufferedImage;

/**
 * What a picture is made of: words and filled rectangles, on pixels or in SVG.
 *
 * @param markup whether {@code g} writes XML
 * @param cellsAsImage whether a panel's cells are one image, or a rectangle each
 */
record Canvas(Graphics2D g, boolean markup, boolean cellsAsImage) {
    private static final Color INK = new Color(0x262626);

    /** Where along itself a text is held. */
    enum Hold {
        CENTRE(0.5),
        END(1),
        START(0);

        private final double share;

        Hold(double share) {
            this.share = share;
        }
    }

    /** One line of text held at a point halfway up its capitals, turned anticlockwise by degrees. */
    void text(String text, float size, Hold hold, double x, double y, double degrees) {
        AffineTransform upright = g.getTransform();
        g.rotate(Math.toRadians(-degrees), x, y);
        g.setColor(INK);
        g.setFont(Fonts.of(text, size));
        double left = x - hold.share * Fonts.width(text, size);
        g.drawString(markup ? escaped(text) : text, (float) left, (float) (y + Fonts.middle(size)));
        g.setTransform(upright);
    }

    void text(String text, float size, Hold hold, double x, double y) {
        text(text, size, hold, x, y, 0);
    }

    /** A filled rectangle; the colour as 0xRRGGBB. */
    void fill(int rgb, int x, int y, int width, int height) {
        g.setColor(new Color(rgb));
        g.fillRect(x, y, width, height);
    }

    /** A line one px wide around a rectangle. */
    void frame(int rgb, Rectangle r) {
        fill(rgb, r.x - 1, r.y - 1, r.width + 2, 1);
        fill(rgb, r.x - 1, r.y + r.height, r.width + 2, 1);
        fill(rgb, r.x - 1, r.y, 1, r.height);
        fill(rgb, r.x + r.width, r.y, 1, r.height);
    }

    void cells(Panel panel, Scale scale, Rectangle place, Cell cell) {
        if (cellsAsImage) {
            g.drawImage(image(panel, scale), place.x, place.y, place.width, place.height, null);
            return;
        }
        for (int row = 0; row < panel.rowCount(); row++) {
            for (int column = 0; column < panel.columnCount(); column++) {
                int rgb = Palette.rgb(scale, panel.at(row, column));
                fill(rgb, place.x + column * cell.width(), place.y + row * cell.height(), cell.width(), cell.height());
            }
        }
    }

    /** One px per cell. */
    private static BufferedImage image(Panel panel, Scale scale) {
        var image = new BufferedImage(panel.columnCount(), panel.rowCount(), BufferedImage.TYPE_INT_RGB);
        int[] rgb = new int[panel.values().length];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = Palette.rgb(scale, panel.values()[i]);
        }
        image.setRGB(0, 0, panel.columnCount(), panel.rowCount(), rgb, 0, panel.columnCount());
        return image;
    }

    // JFree SVG takes a token that reads "&lt;" for one that is escaped already
    private static String escaped(String text) {
        return text.replace("&", "&amp;");
    }
}
