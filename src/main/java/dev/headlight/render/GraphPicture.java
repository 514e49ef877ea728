package dev.headlight.render;

import java.awt.Dimension;
import java.io.IOException;
import java.io.OutputStream;

/** Draws graphs as boxes in rows, with the lowest level at the bottom. Stateless and thread-safe. */
public final class GraphPicture {
    private GraphPicture() {}

    /** Draws a graph as a PNG file. */
    public static void png(Graph graph, OutputStream out) throws IOException {
        GraphLayout layout = GraphLayout.of(graph);
        // in strips, the edges of curves would differ: Java flattens only the part of a curve that is visible
        Png.draw(layout.size(), Integer.MAX_VALUE, canvas -> new GraphPainter(canvas).paint(layout), out);
    }

    /** Draws a graph as an SVG file in UTF-8. Texts stay text; each edge's tooltip names its ends and weight. */
    public static void svg(Graph graph, OutputStream out) throws IOException {
        GraphLayout layout = GraphLayout.of(graph);
        new Svg(layout.size(), graph.title(), "geometricPrecision", false)
                .draw(canvas -> new GraphPainter(canvas).paint(layout), out);
    }

    /** Size of the picture in px, computed without drawing, so that pictures that are too large can be refused early. */
    public static Dimension size(Graph graph) {
        return GraphLayout.of(graph).size();
    }
}
