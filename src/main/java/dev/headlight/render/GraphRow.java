package dev.headlight.render;

import java.util.List;

/**
 * The boxes of one row from left to right, centred on x = 0, and the gaps through which edges of other rows pass. Gap g
 * is left of box g; the last gap is right of all boxes.
 */
final class GraphRow {
    private static final int GAP = 16; // width of a gap without edges
    private static final int LANE = 7; // 1 px more than the widest line
    private static final int NARROWEST_BOX = 30;
    private static final int BESIDE_TEXT = 8;

    private final List<Graph.Node> nodes;
    private final double[] gapLefts;
    private final double[] boxLefts;

    /**
     * Places the boxes.
     *
     * @param nodes from left to right
     * @param lanes number of edges through each gap
     */
    GraphRow(List<Graph.Node> nodes, int[] lanes) {
        this.nodes = nodes;
        gapLefts = new double[lanes.length];
        boxLefts = new double[lanes.length]; // the last is the row's end
        double x = -width(nodes, lanes) / 2;
        for (int g = 0; g < lanes.length; g++) {
            gapLefts[g] = x;
            boxLefts[g] = x + GAP + lanes[g] * LANE;
            x = boxLefts[g] + (g < nodes.size() ? boxWidth(nodes.get(g)) : 0);
        }
    }

    /** A row without passing edges. */
    GraphRow(List<Graph.Node> nodes) {
        this(nodes, new int[nodes.size() + 1]);
    }

    List<Graph.Node> nodes() {
        return nodes;
    }

    double boxLeft(int i) {
        return boxLefts[i];
    }

    double width() {
        return boxLefts[nodes.size()] - gapLefts[0];
    }

    /** x at which the k-th edge passes through a gap. */
    double lane(int gap, int k) {
        return gapLefts[gap] + GAP / 2.0 + (k + 0.5) * LANE;
    }

    /** The gap nearest to x. The two outer gaps are unbounded. */
    int nearestGap(double x) {
        int nearest = 0;
        for (int g = 1; g <= nodes.size(); g++) {
            if (distance(g, x) < distance(nearest, x)) {
                nearest = g;
            }
        }
        return nearest;
    }

    private double distance(int gap, double x) {
        double beyondLeft = gap == 0 ? 0 : gapLefts[gap] - x;
        double beyondRight = gap == nodes.size() ? 0 : x - boxLefts[gap];
        return Math.max(0, Math.max(beyondLeft, beyondRight));
    }

    static String label(Graph.Node node) {
        return Labels.shorten(Labels.visible(node.label()));
    }

    static double boxWidth(Graph.Node node) {
        return Math.max(NARROWEST_BOX, Math.ceil(Fonts.width(label(node), FontSize.LABEL)) + 2 * BESIDE_TEXT);
    }

    private static double width(List<Graph.Node> nodes, int[] lanes) {
        double boxes = nodes.stream().mapToDouble(GraphRow::boxWidth).sum();
        int passing = 0;
        for (int lane : lanes) {
            passing += lane;
        }
        return boxes + lanes.length * GAP + passing * (double) LANE;
    }
}
