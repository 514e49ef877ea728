package dev.headlight.render;

import java.awt.Dimension;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jfree.svg.SVGGraphics2D;
import org.jfree.svg.SVGUtils;
import org.jfree.svg.ViewBox;

/**
 * Writes a drawing as a scalable SVG document with a title for screen readers.
 *
 * @param size in px
 * @param title of the document
 * @param rendering SVG's {@code shape-rendering}: {@code crispEdges} for cells, {@code geometricPrecision} for curves
 * @param cellsAsImage whether a panel without cell texts becomes one image instead of one rectangle per cell
 */
record Svg(Dimension size, String title, String rendering, boolean cellsAsImage) {
    private static final String FAMILY = "\"DejaVu Sans\", Verdana, sans-serif";

    // texts are escaped, so "<image" is always an element, and it has no attribute of a client
    private static final Pattern IMAGE = Pattern.compile("<image ([^>]*)" + Canvas.IMAGE + "([0-9]+)");

    /**
     * Draws the document, in UTF-8.
     *
     * @param out stays open
     */
    void draw(Consumer<Canvas> drawing, OutputStream out) throws IOException {
        var g = new SVGGraphics2D(size.width, size.height);
        g.setFontFunction(family -> FAMILY);
        g.setGeomDoubleConverter(Svg::digits);
        List<CellImage> images = new ArrayList<>();
        drawing.accept(Canvas.markup(g, cellsAsImage ? images : null));
        write(g.getSVGElement(null, true, new ViewBox(0, 0, size.width, size.height), null, null), images, out);
    }

    private void write(String svg, List<CellImage> images, OutputStream out) throws IOException {
        Writer text = new OutputStreamWriter(out, StandardCharsets.UTF_8);
        int from = svg.indexOf('>') + 1;
        text.write(svg.substring(0, from).replace("<svg", "<svg role='img' shape-rendering='" + rendering + "'"));
        text.write("<title>" + escaped(title) + "</title>");
        Matcher image = IMAGE.matcher(svg);
        for (; image.find(from); from = image.end()) {
            text.write(svg, from, image.start() - from);
            text.write("<image style='image-rendering:pixelated' " + image.group(1) + "data:image/png;base64,");
            text.flush();
            try (OutputStream base64 = Base64.getEncoder().wrap(new Unclosed(out))) {
                images.get(Integer.parseInt(image.group(2))).png(base64);
            }
        }
        text.write(svg, from, svg.length() - from);
        text.flush();
    }

    /** Stays open when an encoder that writes to it is closed. */
    private static final class Unclosed extends FilterOutputStream {
        Unclosed(OutputStream out) {
            super(out);
        }

        @Override
        public void write(byte[] bytes, int from, int length) throws IOException {
            out.write(bytes, from, length);
        }

        @Override
        public void close() {
            // the rest of the document follows
        }
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
