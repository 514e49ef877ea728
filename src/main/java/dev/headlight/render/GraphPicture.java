package dev.headlight.render;

import java.awt.Dimension;

/** Draws graphs: boxes in rows, the lowest level at the bottom. Stateless: safe for any number of threads. */
public final class GraphPicture {
    private GraphPicture() {}

    /** The graph as a PNG file. */
    public static byte[] png(Graph graph) {
        GraphLayout layout = GraphLayout.of(graph);
        return Png.draw(layout.size(), canvas -> new GraphPainter(canvas).paint(layout));
    }

    /** The graph as an SVG file in UTF-8: text as text, and each edge's ends and weight as its title. */
    public static byte[] svg(Graph graph) {
        GraphLayout layout = GraphLayout.of(graph);
        return new Svg(layout.size(), graph.title(), "geometricPrecision", false)
                .draw(canvas -> new GraphPainter(canvas).paint(layout));
    }

    /** How large the picture will be, in px, without drawing it: so that what is too large can be refused in time. */
    public static Dimension size(Graph graph) {
        return GraphLayout.of(graph).size();
    }
}
