package dev.headlight.render;

import java.nio.charset.StandardCharsets;
import org.jfree.svg.SVGGraphics2D;
import org.jfree.svg.SVGUtils;
import org.jfree.svg.ViewBox;

/** The drawing as an SVG document that scales, and that a screen reader can name. */
final class Svg {
    /** More cells than this become one image per panel: a browser is slow with more elements. */
    static final int MAX_RECTANGLES = 20_000;

    private static final String FAMILY = "\"DejaVu Sans\", Verdana, sans-serif";

    private Svg() {}

    static byte[] draw(Figure figure, Layout layout) {
        var g = new SVGGraphics2D(layout.size().width, layout.size().height);
        g.setFontFunction(family -> FAMILY);
        g.setGeomDoubleConverter(Svg::digits);
        new Painter(new Canvas(g, true, cells(figure) > MAX_RECTANGLES)).paint(layout);
        var box = new ViewBox(0, 0, layout.size().width, layout.size().height);
        return finished(g.getSVGElement(null, true, box, null, null), figure.title())
                .getBytes(StandardCharsets.UTF_8);
    }

    private static int cells(Figure figure) {
        return figure.parts().stream()
                .flatMap(part -> part.panels().stream())
                .mapToInt(panel -> panel.values().length)
                .sum();
    }

    // "<svg" and "<image" occur in no text: there they are escaped
    private static String finished(String svg, String title) {
        int content = svg.indexOf('>') + 1;
        return svg.substring(0, content).replace("<svg", "<svg role='img' shape-rendering='crispEdges'")
                + "<title>" + escaped(title) + "</title>"
                + svg.substring(content).replace("<image", "<image style='image-rendering:pixelated'");
    }

    private static String escaped(String title) {
        return SVGUtils.escapeForXML(Labels.visible(title).replace("&", "&amp;"));
    }

    /** At most two decimals, a hundredth of a px. */
    private static String digits(double px) {
        long hundredths = Math.round(px * 100);
        return hundredths % 100 == 0 ? Long.toString(hundredths / 100) : Double.toString(hundredths / 100.0);
    }
}
