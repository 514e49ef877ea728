package dev.headlight.render;

import java.awt.Dimension;
import java.io.IOException;
import java.io.OutputStream;
import java.util.function.Predicate;

/** Draws figures. Stateless and thread-safe. */
public final class Heatmap {
    /** Figures with more cells are drawn as one image per panel, because browsers are slow with more SVG elements. */
    static final int MAX_RECTANGLES = 20_000;

    private static final long FIXED_BYTES = 8 << 20; // a strip and the layout
    private static final long BYTES_PER_ELEMENT = 1024; // of SVG, while JFree joins its parts
    private static final long BYTES_PER_VALUE = 4; // of an image, in base64
    private static final long PIXELS_PER_BYTE = 16; // of a PNG file, beside the values

    private Heatmap() {}

    /** Draws a figure as a PNG file. */
    public static void png(Figure figure, OutputStream out) throws IOException {
        FigureLayout layout = FigureLayout.of(figure);
        Png.draw(layout.size(), canvas -> new Painter(canvas).paint(layout), out);
    }

    /**
     * Draws a figure as an SVG file in UTF-8. Texts stay text; cells are rectangles, or one image per panel if there
     * are many.
     */
    public static void svg(Figure figure, OutputStream out) throws IOException {
        FigureLayout layout = FigureLayout.of(figure);
        Svg svg = new Svg(layout.size(), figure.title(), "crispEdges", cells(figure, panel -> true) > MAX_RECTANGLES);
        svg.draw(canvas -> new Painter(canvas).paint(layout), out);
    }

    /** Size of the picture in px, computed without drawing, so that pictures that are too large can be refused early. */
    public static Dimension size(Figure figure) {
        return FigureLayout.of(figure).size();
    }

    /** Most bytes of the heap that a figure's picture takes. */
    static long heapBytes(Figure figure) {
        long elements = Math.min(cells(figure, panel -> true), MAX_RECTANGLES) + cells(figure, p -> p.texts() != null);
        long values = cells(figure, panel -> true);
        return FIXED_BYTES
                + BYTES_PER_ELEMENT * elements
                + BYTES_PER_VALUE * values
                + figure.pixels() / PIXELS_PER_BYTE;
    }

    private static long cells(Figure figure, Predicate<Panel> which) {
        return figure.parts().stream()
                .flatMap(part -> part.panels().stream())
                .filter(which)
                .mapToLong(Panel::cellCount)
                .sum();
    }
}
