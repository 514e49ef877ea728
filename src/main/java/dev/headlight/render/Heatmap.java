package dev.headlight.render;

import java.awt.Dimension;

/** Draws figures. Stateless and thread-safe. */
public final class Heatmap {
    /** Figures with more cells are drawn as one image per panel, because browsers are slow with more SVG elements. */
    static final int MAX_RECTANGLES = 20_000;

    private Heatmap() {}

    /** Draws a figure as a PNG file. */
    public static byte[] png(Figure figure) {
        FigureLayout layout = FigureLayout.of(figure);
        return Png.draw(layout.size(), canvas -> new Painter(canvas).paint(layout));
    }

    /**
     * Draws a figure as an SVG file in UTF-8. Texts stay text; cells are rectangles, or one image per panel if there
     * are many.
     */
    public static byte[] svg(Figure figure) {
        FigureLayout layout = FigureLayout.of(figure);
        Svg svg = new Svg(layout.size(), figure.title(), "crispEdges", cells(figure) > MAX_RECTANGLES);
        return svg.draw(canvas -> new Painter(canvas).paint(layout));
    }

    /** Size of the picture in px, computed without drawing, so that pictures that are too large can be refused early. */
    public static Dimension size(Figure figure) {
        return FigureLayout.of(figure).size();
    }

    private static int cells(Figure figure) {
        return figure.parts().stream()
                .flatMap(part -> part.panels().stream())
                .mapToInt(panel -> panel.values().length)
                .sum();
    }
}
