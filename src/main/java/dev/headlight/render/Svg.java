package dev.headlight.render;

import java.awt.Dimension;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.jfree.svg.SVGGraphics2D;
import org.jfree.svg.SVGUtils;
import org.jfree.svg.ViewBox;

/**
 * Writes a drawing as a scalable SVG document with a title for screen readers.
 *
 * @param size in px
 * @param title of the document
 * @param rendering SVG's {@code shape-rendering}: {@code crispEdges} for cells, {@code geometricPrecision} for curves
 * @param cellsAsImage see {@link Canvas}
 */
record Svg(Dimension size, String title, String rendering, boolean cellsAsImage) {
    private static final String FAMILY = "\"DejaVu Sans\", Verdana, sans-serif";

    /** Draws the document, in UTF-8. */
    byte[] draw(Consumer<Canvas> drawing) {
        var g = new SVGGraphics2D(size.width, size.height);
        g.setFontFunction(family -> FAMILY);
        g.setGeomDoubleConverter(Svg::digits);
        drawing.accept(new Canvas(g, true, cellsAsImage));
        var box = new ViewBox(0, 0, size.width, size.height);
        return finished(g.getSVGElement(null, true, box, null, null)).getBytes(StandardCharsets.UTF_8);
    }

    // texts are escaped, so "<svg" and "<image" are always elements
    private String finished(String svg) {
        int content = svg.indexOf('>') + 1;
        return svg.substring(0, content).replace("<svg", "<svg role='img' shape-rendering='" + rendering + "'")
                + "<title>" + escaped(title) + "</title>"
                + svg.substring(content).replace("<image", "<image style='image-rendering:pixelated'");
    }

    private static String escaped(String title) {
        return SVGUtils.escapeForXML(Labels.visible(title).replace("&", "&amp;"));
    }

    /** Formats a length with at most two decimals. */
    private static String digits(double px) {
        long hundredths = Math.round(px * 100);
        return hundredths % 100 == 0 ? Long.toString(hundredths / 100) : Double.toString(hundredths / 100.0);
    }
}
