package dev.headlight.render;

import java.awt.Dimension;

/** Draws figures. Stateless: safe for any number of threads. */
public final class Heatmap {
    /** More cells than this become one image per panel: a browser is slow with more elements. */
    static final int MAX_RECTANGLES = 20_000;

    private Heatmap() {}

    /** The figure as a PNG file. */
    public static byte[] png(Figure figure) {
        Layout layout = Layout.of(figure);
        return Png.draw(layout.size(), canvas -> new Painter(canvas).paint(layout));
    }

    /** The figure as an SVG file in UTF-8: text as text, and a rectangle per cell, or an image where they are many. */
    public static byte[] svg(Figure figure) {
        Layout layout = Layout.of(figure);
        Svg svg = new Svg(layout.size(), figure.title(), "crispEdges", cells(figure) > MAX_RECTANGLES);
        return svg.draw(canvas -> new Painter(canvas).paint(layout));
    }

    /** How large the picture will be, in px, without drawing it: so that what is too large can be refused in time. */
    public static Dimension size(Figure figure) {
        return Layout.of(figure).size();
    }

    private static int cells(Figure figure) {
        return figure.parts().stream()
                .flatMap(part -> part.panels().stream())
                .mapToInt(panel -> panel.values().length)
                .sum();
    }
}
