package dev.headlight.render;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Routes of edges that skip rows. They pass through gaps between the boxes of those rows, so that no edge is hidden by
 * a box. Gaps are as wide as their edges need.
 *
 * @param rows the lowest first
 * @param lanes one array per edge: x at which it passes each row between its source and its target, from below
 */
record GraphRoutes(List<GraphRow> rows, List<double[]> lanes) {
    /** Row and x of a node's middle. */
    private record Place(int row, double middle) {}

    /** One edge passing one row; {@code straight} is the x of a straight line. */
    private record Passage(int edge, int row, int gap, int index, double straight) {}

    /** Routes all edges of a graph. */
    static GraphRoutes of(Graph graph) {
        List<GraphRow> tight = GraphOrder.of(graph).stream().map(GraphRow::new).toList();
        Map<String, Place> places = places(tight);
        List<Passage> passages = new ArrayList<>();
        List<double[]> lanes = new ArrayList<>();
        for (Graph.Edge edge : graph.edges()) {
            Place from = Objects.requireNonNull(places.get(edge.from()));
            Place to = Objects.requireNonNull(places.get(edge.to()));
            int between = to.row() - from.row() - 1;
            for (int i = 0; i < between; i++) {
                double x = from.middle() + (to.middle() - from.middle()) * (i + 1) / (between + 1);
                int row = from.row() + 1 + i;
                passages.add(new Passage(lanes.size(), row, tight.get(row).nearestGap(x), i, x));
            }
            lanes.add(new double[between]);
        }
        List<GraphRow> rows = widened(tight, passages);
        assign(rows, passages, lanes);
        return new GraphRoutes(rows, lanes);
    }

    private static Map<String, Place> places(List<GraphRow> rows) {
        Map<String, Place> places = new HashMap<>();
        for (int row = 0; row < rows.size(); row++) {
            List<Graph.Node> nodes = rows.get(row).nodes();
            for (int i = 0; i < nodes.size(); i++) {
                double middle = rows.get(row).boxLeft(i) + GraphRow.boxWidth(nodes.get(i)) / 2;
                places.put(nodes.get(i).id(), new Place(row, middle));
            }
        }
        return places;
    }

    private static List<GraphRow> widened(List<GraphRow> rows, List<Passage> passages) {
        List<int[]> counts =
                rows.stream().map(row -> new int[row.nodes().size() + 1]).toList();
        passages.forEach(p -> counts.get(p.row())[p.gap()]++);
        List<GraphRow> widened = new ArrayList<>();
        for (int row = 0; row < rows.size(); row++) {
            widened.add(new GraphRow(rows.get(row).nodes(), counts.get(row)));
        }
        return widened;
    }

    // lanes in the order of the straight lines
    private static void assign(List<GraphRow> rows, List<Passage> passages, List<double[]> lanes) {
        passages.sort(Comparator.comparingDouble(Passage::straight));
        List<int[]> taken =
                rows.stream().map(row -> new int[row.nodes().size() + 1]).toList();
        for (Passage p : passages) {
            int lane = taken.get(p.row())[p.gap()]++;
            lanes.get(p.edge())[p.index()] = rows.get(p.row()).lane(p.gap(), lane);
        }
    }
}
