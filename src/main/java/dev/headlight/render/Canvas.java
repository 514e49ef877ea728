package dev.headlight.render;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.Rectangle;
import java.awt.Shape;
import java.awt.geom.AffineTransform;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Map;
import org.jfree.svg.SVGHints;
import org.jspecify.annotations.Nullable;

/**
 * Drawing primitives for bitmaps and SVG: texts, filled shapes, lines and heatmap cells. Colours are 0xRRGGBB.
 *
 * @param g where to draw
 * @param strip the part of a bitmap that {@code g} shows; null if {@code g} writes XML, all of it
 * @param images collects the images of an XML document, which replace the cells of panels without texts; null for none
 */
record Canvas(
        Graphics2D g, @Nullable Rectangle strip, @Nullable List<CellImage> images) {
    /** Reference to an image of an XML document; its index follows. */
    static final String IMAGE = "cells:";

    private static final int INK = 0x262626;
    private static final BufferedImage STAND_IN = new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB);

    /** A canvas for a strip of a bitmap; the rest is not drawn. */
    static Canvas bitmap(Graphics2D g, Rectangle strip) {
        return new Canvas(g, strip, null);
    }

    /** A canvas for an XML document. */
    static Canvas markup(Graphics2D g, @Nullable List<CellImage> images) {
        return new Canvas(g, null, images);
    }

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
        if (isHidden(y, Fonts.width(text, size) + size)) {
            return;
        }
        AffineTransform upright = g.getTransform();
        g.rotate(Math.toRadians(-degrees), x, y);
        write(INK, text, size, anchor, x, y);
        g.setTransform(upright);
    }

    /** Draws one horizontal line of text. */
    void text(String text, float size, Anchor anchor, double x, double y) {
        if (!isHidden(y, 2 * size)) {
            write(INK, text, size, anchor, x, y);
        }
    }

    private void write(int rgb, String text, float size, Anchor anchor, double x, double y) {
        g.setColor(new Color(rgb));
        float base = (float) (y + Fonts.middle(size));
        if (strip == null) {
            g.setFont(Fonts.ofMarkup(size));
            g.drawString(escaped(text), (float) (x - anchor.share * Fonts.widthInBrowser(text, size)), base);
            return;
        }
        double left = x - anchor.share * Fonts.width(text, size);
        for (Fonts.Run run : Fonts.runs(text, size)) {
            g.setFont(run.font());
            g.drawString(run.text(), (float) left, base);
            left += run.width();
        }
    }

    /** Whether nothing that is at most {@code reach} px above or below a height is in the strip. */
    private boolean isHidden(double y, double reach) {
        return strip != null && (y + reach < strip.y || y - reach > strip.y + strip.height);
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
        if (strip != null) {
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
        if (panel.texts() == null && (strip != null || images != null)) {
            image(new CellImage(panel, scale), place, cell);
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
                    String text = panel.texts().get(row * panel.columnCount() + column);
                    if (!isHidden(y, 2 * cell.height())) {
                        cell(rgb, x, y, cell, text);
                    }
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

    private void image(CellImage cells, Rectangle place, CellSize cell) {
        if (strip != null) {
            cells.draw(g, strip, place, cell);
        } else if (images != null) {
            g.setRenderingHint(SVGHints.KEY_IMAGE_HANDLING, SVGHints.VALUE_IMAGE_HANDLING_REFERENCE);
            g.setRenderingHint(SVGHints.KEY_IMAGE_HREF, IMAGE + images.size());
            images.add(cells);
            g.drawImage(STAND_IN, place.x, place.y, place.width, place.height, null);
        }
    }

    // JFree SVG would leave the text "&lt;" as it is, believing it is escaped already
    private static String escaped(String text) {
        return text.replace("&", "&amp;");
    }
}
