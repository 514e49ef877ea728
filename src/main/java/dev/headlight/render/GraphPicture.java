package dev.headlight.render;

import java.awt.Dimension;

/** Draws graphs as boxes in rows, with the lowest level at the bottom. Stateless and thread-safe. */
public final class GraphPicture {
    private GraphPicture() {}

    /** Draws a graph as a PNG file. */
    public static byte[] png(Graph graph) {
        GraphLayout layout = GraphLayout.of(graph);
        return Png.draw(layout.size(), canvas -> new GraphPainter(canvas).paint(layout));
    }

    /** Draws a graph as an SVG file in UTF-8. Texts stay text; each edge's tooltip names its ends and weight. */
    public static byte[] svg(Graph graph) {
        GraphLayout layout = GraphLayout.of(graph);
        return new Svg(layout.size(), graph.title(), "geometricPrecision", false)
                .draw(canvas -> new GraphPainter(canvas).paint(layout));
    }

    /** Size of the picture in px, computed without drawing, so that pictures that are too large can be refused early. */
    public static Dimension size(Graph graph) {
        return GraphLayout.of(graph).size();
    }
}
