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
 * What a picture is made of: words, filled rectangles and lines, on pixels or in SVG. Colours are 0xRRGGBB.
 *
 * @param markup whether {@code g} writes XML
 * @param cellsAsImage whether a panel's bare cells are one image, or a rectangle each
 */
record Canvas(Graphics2D g, boolean markup, boolean cellsAsImage) {
    private static final int INK = 0x262626;

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
        write(INK, text, size, hold, x, y);
        g.setTransform(upright);
    }

    void text(String text, float size, Hold hold, double x, double y) {
        write(INK, text, size, hold, x, y);
    }

    private void write(int rgb, String text, float size, Hold hold, double x, double y) {
        g.setColor(new Color(rgb));
        g.setFont(Fonts.of(text, size));
        double left = x - hold.share * Fonts.width(text, size);
        g.drawString(markup ? escaped(text) : text, (float) left, (float) (y + Fonts.middle(size)));
    }

    /** A filled rectangle. */
    void fill(int rgb, int x, int y, int width, int height) {
        g.setColor(new Color(rgb));
        g.fillRect(x, y, width, height);
    }

    void fill(int rgb, Shape shape) {
        g.setColor(new Color(rgb));
        g.fill(shape);
    }

    /** A line along a path, so many px wide. */
    void line(int rgb, double width, Shape path) {
        g.setColor(new Color(rgb));
        g.setStroke(new BasicStroke((float) width, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND));
        g.draw(path);
    }

    /** A line one px wide around a rectangle. */
    void frame(int rgb, Rectangle r) {
        fill(rgb, r.x - 1, r.y - 1, r.width + 2, 1);
        fill(rgb, r.x - 1, r.y + r.height, r.width + 2, 1);
        fill(rgb, r.x - 1, r.y, 1, r.height);
        fill(rgb, r.x + r.width, r.y, 1, r.height);
    }

    /** What a browser tells of the drawing when it is pointed at; pixels have no such thing. */
    void titled(String title, Runnable drawing) {
        if (!markup) {
            drawing.run();
            return;
        }
        g.setRenderingHint(SVGHints.KEY_BEGIN_GROUP, Map.of("class", "titled")); // JFree wants an attribute
        g.setRenderingHint(SVGHints.KEY_ELEMENT_TITLE, escaped(title));
        drawing.run();
        g.setRenderingHint(SVGHints.KEY_END_GROUP, true);
    }

    void cells(Panel panel, Scale scale, Rectangle place, Cell cell) {
        if (cellsAsImage && panel.texts() == null) {
            g.drawImage(image(panel, scale), place.x, place.y, place.width, place.height, null);
            return;
        }
        for (int row = 0; row < panel.rowCount(); row++) {
            for (int column = 0; column < panel.columnCount(); column++) {
                int rgb = Palette.rgb(scale, panel.at(row, column));
                int x = place.x + column * cell.width();
                int y = place.y + row * cell.height();
                if (panel.texts() == null) {
                    fill(rgb, x, y, cell.width(), cell.height());
                } else {
                    written(rgb, x, y, cell, panel.texts().get(row * panel.columnCount() + column));
                }
            }
        }
    }

    private void written(int rgb, int x, int y, Cell cell, String text) {
        CellText line = CellText.of(text);
        Runnable drawing = () -> {
            fill(rgb, x, y, cell.width(), cell.height());
            double middle = x + cell.width() / 2.0;
            write(Palette.ink(rgb), line.shown(), Type.LABEL, Hold.CENTRE, middle, y + cell.height() / 2.0);
        };
        if (line.isShortened()) {
            titled(line.whole(), drawing);
        } else {
            drawing.run();
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
