package dev.headlight.render;

import java.util.List;
import java.util.Locale;

/**
 * Colours (0xRRGGBB) and line widths of one graph.
 *
 * @param largest greatest magnitude of the weights
 * @param kinds of the nodes, in order of first appearance
 */
record GraphStyle(double largest, List<String> kinds) {
    private static final double THINNEST = 0.75;
    private static final double THICKEST = 6;
    private static final int WHITE = 0xffffff;
    private static final int NEUTRAL = 0x8c8c8c;

    // light tints; no red or blue, which are the edges' colours
    private static final int[] TINTS = {0xe6e6e6, 0xffefb8, 0xd3ecc3, 0xe3d5f0, 0xc5ece6, 0xfbdcc0};

    static GraphStyle of(Graph graph) {
        double largest = graph.edges().stream()
                .mapToDouble(e -> Math.abs(e.weight()))
                .max()
                .orElse(0);
        return new GraphStyle(
                largest,
                graph.nodes().stream()
                        .map(Graph.Node::kind)
                        .filter(kind -> !kind.isEmpty())
                        .distinct()
                        .toList());
    }

    /** Width of an edge's line, in px; linear in the weight's magnitude. */
    double width(double weight) {
        double share = largest > 0 ? Math.abs(weight) / largest : 0;
        return THINNEST + (THICKEST - THINNEST) * share;
    }

    /** Colour of an edge's line. */
    static int edge(double weight) {
        return weight > 0 ? Colormap.RED : weight < 0 ? Colormap.BLUE : NEUTRAL;
    }

    /** Colour of a node's box. */
    int node(String kind) {
        return kind.isEmpty() ? WHITE : TINTS[kinds.indexOf(kind) % TINTS.length];
    }

    /** A weight as text, with three significant digits. */
    static String text(double weight) {
        return weight == 0 ? "0" : String.format(Locale.ROOT, "%.3g", weight);
    }
}
