package dev.headlight.render;

import java.awt.Rectangle;
import java.awt.geom.Path2D;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.IntToDoubleFunction;

/** Curves of the edges, from the top of one box to the bottom of another. They are vertical where they cross a row. */
final class GraphCurves {
    private final List<Graph.Edge> edges;
    private final List<double[]> lanes; // x in the picture
    private final Map<String, Rectangle> boxes;
    private final int rowStep;

    /**
     * Prepares the curves of a graph.
     *
     * @param edges of the graph
     * @param lanes x at which each edge passes the rows in between, from below
     * @param boxes by node id
     * @param rowStep distance between the tops of neighbouring rows, in px
     */
    GraphCurves(List<Graph.Edge> edges, List<double[]> lanes, Map<String, Rectangle> boxes, int rowStep) {
        this.edges = edges;
        this.lanes = lanes;
        this.boxes = boxes;
        this.rowStep = rowStep;
    }

    /** One curve per edge, in their order. */
    List<Path2D> paths() {
        double[] starts = ports(Graph.Edge::from, this::firstTurn);
        double[] ends = ports(Graph.Edge::to, this::lastTurn);
        List<Path2D> paths = new ArrayList<>();
        for (int e = 0; e < edges.size(); e++) {
            paths.add(path(e, starts[e], ends[e]));
        }
        return paths;
    }

    private Path2D path(int e, double start, double end) {
        int height = box(edges.get(e).from()).height;
        double x = start;
        double y = box(edges.get(e).from()).y;
        var path = new Path2D.Double();
        path.moveTo(x, y);
        for (double lane : lanes.get(e)) {
            double below = y - rowStep + height;
            rise(path, x, y, lane, below);
            x = lane;
            y -= rowStep;
            path.lineTo(x, y);
        }
        rise(path, x, y, end, y - rowStep + height);
        return path;
    }

    private static void rise(Path2D path, double x, double y, double toX, double toY) {
        double middle = (y + toY) / 2;
        path.curveTo(x, middle, toX, middle, toX, toY);
    }

    /** Where each edge meets its box at one end: spread along the box, in the order of the edges' next x. */
    private double[] ports(Function<Graph.Edge, String> end, IntToDoubleFunction towards) {
        Map<String, List<Integer>> meeting = new HashMap<>();
        for (int e = 0; e < edges.size(); e++) {
            meeting.computeIfAbsent(end.apply(edges.get(e)), id -> new ArrayList<>())
                    .add(e);
        }
        double[] ports = new double[edges.size()];
        meeting.forEach((id, atBox) -> {
            atBox.sort(Comparator.comparingDouble(towards::applyAsDouble));
            Rectangle box = box(id);
            for (int i = 0; i < atBox.size(); i++) {
                ports[atBox.get(i)] = box.x + box.width * (i + 1.0) / (atBox.size() + 1);
            }
        });
        return ports;
    }

    private Rectangle box(String id) {
        return Objects.requireNonNull(boxes.get(id));
    }

    private double firstTurn(int e) {
        double[] turns = lanes.get(e);
        return turns.length > 0 ? turns[0] : box(edges.get(e).to()).getCenterX();
    }

    private double lastTurn(int e) {
        double[] turns = lanes.get(e);
        return turns.length > 0
                ? turns[turns.length - 1]
                : box(edges.get(e).from()).getCenterX();
    }
}
