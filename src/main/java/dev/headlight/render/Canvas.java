package dev.headlight.render;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.Rectangle;
import java.awt.Shape;
import java.awt.geom.AffineTransform;
import java.awt.image.BufferedImage;
import java.util.Map;
import org.jfree.svg.SVGHints;

/**
 * Drawing primitives for bitmaps and SVG: texts, filled shapes, lines and heatmap cells. Colours are 0xRRGGBB.
 *
 * @param g where to draw
 * @param markup whether {@code g} writes XML
 * @param cellsAsImage whether a panel without cell texts becomes one image instead of one rectangle per cell
 */
record Canvas(Graphics2D g, boolean markup, boolean cellsAsImage) {
    private static final int INK = 0x262626;

    /** The point of a text that is placed at the given position. */
    enum Anchor {
        CENTRE(0.5),
        END(1),
        START(0);

        private final double share;

        Anchor(double share) {
            this.share = share;
        }
    }

    /**
     * Draws one line of text.
     *
     * @param anchor which part of the text is at x
     * @param x position of the anchor
     * @param y half the height of the capital letters
     * @param degrees anticlockwise rotation around the anchor
     */
    void text(String text, float size, Anchor anchor, double x, double y, double degrees) {
        AffineTransform upright = g.getTransform();
        g.rotate(Math.toRadians(-degrees), x, y);
        write(INK, text, size, anchor, x, y);
        g.setTransform(upright);
    }

    /** Draws one horizontal line of text. */
    void text(String text, float size, Anchor anchor, double x, double y) {
        write(INK, text, size, anchor, x, y);
    }

    private void write(int rgb, String text, float size, Anchor anchor, double x, double y) {
        g.setColor(new Color(rgb));
        g.setFont(Fonts.of(text, size));
        double left = x - anchor.share * Fonts.width(text, size);
        g.drawString(markup ? escaped(text) : text, (float) left, (float) (y + Fonts.middle(size)));
    }

    /** Fills a rectangle. */
    void fill(int rgb, int x, int y, int width, int height) {
        g.setColor(new Color(rgb));
        g.fillRect(x, y, width, height);
    }

    /** Fills a shape. */
    void fill(int rgb, Shape shape) {
        g.setColor(new Color(rgb));
        g.fill(shape);
    }

    /** Draws the outline of a path, {@code width} px wide. */
    void line(int rgb, double width, Shape path) {
        g.setColor(new Color(rgb));
        g.setStroke(new BasicStroke((float) width, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND));
        g.draw(path);
    }

    /** Draws a frame of 1 px just outside a rectangle. */
    void frame(int rgb, Rectangle r) {
        fill(rgb, r.x - 1, r.y - 1, r.width + 2, 1);
        fill(rgb, r.x - 1, r.y + r.height, r.width + 2, 1);
        fill(rgb, r.x - 1, r.y, 1, r.height);
        fill(rgb, r.x + r.width, r.y, 1, r.height);
    }

    /** Gives a drawing a tooltip, which browsers show for SVG; bitmaps have none. */
    void titled(String title, Runnable drawing) {
        if (!markup) {
            drawing.run();
            return;
        }
        g.setRenderingHint(SVGHints.KEY_BEGIN_GROUP, Map.of("class", "titled")); // JFree requires an attribute
        g.setRenderingHint(SVGHints.KEY_ELEMENT_TITLE, escaped(title));
        drawing.run();
        g.setRenderingHint(SVGHints.KEY_END_GROUP, true);
    }

    /** Draws all cells of a panel. */
    void cells(Panel panel, Scale scale, Rectangle place, CellSize cell) {
        if (cellsAsImage && panel.texts() == null) {
            g.drawImage(image(panel, scale), place.x, place.y, place.width, place.height, null);
            return;
        }
        for (int row = 0; row < panel.rowCount(); row++) {
            for (int column = 0; column < panel.columnCount(); column++) {
                int rgb = Colormap.rgb(scale, panel.at(row, column));
                int x = place.x + column * cell.width();
                int y = place.y + row * cell.height();
                if (panel.texts() == null) {
                    fill(rgb, x, y, cell.width(), cell.height());
                } else {
                    cell(rgb, x, y, cell, panel.texts().get(row * panel.columnCount() + column));
                }
            }
        }
    }

    /** One cell with its text. */
    private void cell(int rgb, int x, int y, CellSize cell, String text) {
        CellText line = CellText.of(text);
        Runnable drawing = () -> {
            fill(rgb, x, y, cell.width(), cell.height());
            double middle = x + cell.width() / 2.0;
            write(Colormap.ink(rgb), line.shown(), FontSize.LABEL, Anchor.CENTRE, middle, y + cell.height() / 2.0);
        };
        if (line.isShortened()) {
            titled(line.whole(), drawing);
        } else {
            drawing.run();
        }
    }

    /** An image with one px per cell. */
    private static BufferedImage image(Panel panel, Scale scale) {
        var image = new BufferedImage(panel.columnCount(), panel.rowCount(), BufferedImage.TYPE_INT_RGB);
        int[] rgb = new int[panel.values().length];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = Colormap.rgb(scale, panel.values()[i]);
        }
        image.setRGB(0, 0, panel.columnCount(), panel.rowCount(), rgb, 0, panel.columnCount());
        return image;
    }

    // JFree SVG would leave the text "&lt;" as it is, believing it is escaped already
    private static String escaped(String text) {
        return text.replace("&", "&amp;");
    }
}
