package dev.headlight.render;

import java.awt.Dimension;
import java.awt.Point;
import java.awt.Rectangle;
import java.awt.geom.Path2D;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Positions of everything in a graph's picture, in px. A layered drawing after Sugiyama, Tagawa and Toda: nodes in
 * rows, rows ordered by {@link GraphOrder}, long edges routed between the boxes by {@link GraphRoutes}.
 *
 * @param graph to draw
 * @param style colours and line widths
 * @param size of the picture
 * @param title lines of the title
 * @param boxes by node id
 * @param curves one per edge, in their order
 * @param legend of weights and kinds
 * @param legendAt upper left corner of the legend
 * @see <a href="https://doi.org/10.1109/TSMC.1981.4308636">Sugiyama, Tagawa and Toda, 1981</a>
 */
record GraphLayout(
        Graph graph,
        GraphStyle style,
        Dimension size,
        List<String> title,
        Map<String, Rectangle> boxes,
        List<Path2D> curves,
        GraphLegend legend,
        Point legendAt) {
    static final int MARGIN = FigureLayout.MARGIN;
    private static final int BELOW_TITLE = 14;
    private static final int ABOVE_LEGEND = 18;
    private static final int BOX_HEIGHT = 26;
    private static final int LEAST_RISE = 40; // gap between rows of a graph with few edges
    private static final int MOST_RISE = 120;
    private static final int RISE_PER_ROOT = 5; // steeper curves are easier to tell apart
    private static final int NARROW = 420; // the picture may grow to this width for its title and legend

    /** Lays out a graph. */
    static GraphLayout of(Graph graph) {
        GraphStyle style = GraphStyle.of(graph);
        GraphRoutes routes = GraphRoutes.of(graph);
        int rows = (int) Math.ceil(
                routes.rows().stream().mapToDouble(GraphRow::width).max().orElseThrow());
        int wide = Math.max(rows, NARROW);
        List<String> title = TextWrap.wrap(graph.title(), FontSize.TITLE, wide);
        GraphLegend legend = GraphLegend.of(graph, style, wide);
        int titled = (int) Math.ceil(TextWrap.width(title, FontSize.TITLE));
        int inner = Math.max(Math.max(rows, titled), legend.size().width);
        int middle = MARGIN + inner / 2;
        int top = MARGIN + (title.isEmpty() ? 0 : TextWrap.height(title, FontSize.TITLE) + BELOW_TITLE);
        int step = step(graph);
        int bottom = top + BOX_HEIGHT + (routes.rows().size() - 1) * step;
        Map<String, Rectangle> boxes = boxes(routes.rows(), middle, bottom, step);
        List<double[]> lanes = routes.lanes().stream()
                .map(xs -> Arrays.stream(xs).map(x -> x + middle).toArray())
                .toList();
        int legendTop = bottom + (legend.entries().isEmpty() ? 0 : ABOVE_LEGEND);
        return new GraphLayout(
                graph,
                style,
                new Dimension(inner + 2 * MARGIN, legendTop + legend.size().height + MARGIN),
                title,
                boxes,
                new GraphCurves(graph.edges(), lanes, boxes, step).paths(),
                legend,
                new Point(middle - legend.size().width / 2, legendTop));
    }

    /** Box of a node. */
    Rectangle box(String id) {
        return Objects.requireNonNull(boxes.get(id));
    }

    private static int step(Graph graph) {
        double rise = LEAST_RISE + RISE_PER_ROOT * Math.sqrt(graph.edges().size());
        return BOX_HEIGHT + (int) Math.min(MOST_RISE, rise);
    }

    private static Map<String, Rectangle> boxes(List<GraphRow> rows, int middle, int bottom, int step) {
        Map<String, Rectangle> boxes = new LinkedHashMap<>();
        for (int row = 0; row < rows.size(); row++) {
            List<Graph.Node> nodes = rows.get(row).nodes();
            int y = bottom - BOX_HEIGHT - row * step;
            for (int i = 0; i < nodes.size(); i++) {
                int x = middle + (int) Math.round(rows.get(row).boxLeft(i));
                boxes.put(nodes.get(i).id(), new Rectangle(x, y, (int) GraphRow.boxWidth(nodes.get(i)), BOX_HEIGHT));
            }
        }
        return boxes;
    }
}
