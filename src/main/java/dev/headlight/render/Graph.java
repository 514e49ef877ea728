package dev.headlight.render;

import java.awt.Dimension;
import java.io.IOException;
import java.io.OutputStream;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A circuit to draw: model components in rows, and weighted edges that go upwards.
 *
 * @param title at the top; empty for none
 * @param nodes at least one, in any order; the level decides the row
 * @param edges each from a lower level to a higher one; several edges between two nodes are drawn side by side
 * @param measure meaning of the weights, such as "effect on the logit difference"; empty for none
 */
public record Graph(String title, List<Node> nodes, List<Edge> edges, String measure) implements Drawing {
    private static final long FIXED_BYTES = 8 << 20;
    private static final long BYTES_PER_PIXEL = 5; // the image, and its file
    private static final long BYTES_PER_PART = 4096; // of a node or an edge in SVG, with its curve

    /**
     * One component of the model.
     *
     * @param id unique name used by edges, without control characters
     * @param label raw text of the box; {@link Labels#visible} is applied when drawing
     * @param level row of the node; the lowest is at the bottom, and unused levels take no space
     * @param kind type of component, such as "head" or "mlp", which decides the box's colour; empty for white
     */
    public record Node(String id, String label, int level, String kind) {
        /**
         * Checks the id.
         *
         * @throws IllegalArgumentException if it is empty or has control characters
         */
        public Node {
            if (id.isEmpty() || id.chars().anyMatch(Character::isISOControl)) {
                throw new IllegalArgumentException("Invalid node id '%s'".formatted(Labels.visible(id)));
            }
        }
    }

    /**
     * A directed connection between two nodes.
     *
     * @param from id of the lower node
     * @param to id of the upper node
     * @param weight finite; the magnitude decides the line's width and the sign its colour: red above 0, blue below
     */
    public record Edge(String from, String to, double weight) {
        /**
         * Checks the weight.
         *
         * @throws IllegalArgumentException if it is not finite
         */
        public Edge {
            if (!Double.isFinite(weight)) {
                throw new IllegalArgumentException("Edge %s to %s has the weight %s".formatted(from, to, weight));
            }
        }
    }

    /**
     * Copies the lists and checks the edges.
     *
     * @throws IllegalArgumentException if there are no nodes, two nodes share an id, or an edge has an unknown node or
     *     does not go upwards
     */
    public Graph {
        nodes = List.copyOf(nodes);
        edges = List.copyOf(edges);
        if (nodes.isEmpty()) {
            throw new IllegalArgumentException("A graph without nodes");
        }
        Map<String, Integer> levels = new HashMap<>();
        for (Node node : nodes) {
            if (levels.put(node.id(), node.level()) != null) {
                throw new IllegalArgumentException("Two nodes with the id " + node.id());
            }
        }
        for (Edge edge : edges) {
            Integer from = levels.get(edge.from());
            Integer to = levels.get(edge.to());
            if (from == null || to == null) {
                throw new IllegalArgumentException(
                        "Edge %s to %s names an unknown node".formatted(edge.from(), edge.to()));
            }
            if (from >= to) {
                throw new IllegalArgumentException("Edge %s to %s goes from level %d to %d, which is not up"
                        .formatted(edge.from(), edge.to(), from, to));
            }
        }
    }

    @Override
    public Dimension size() {
        return GraphPicture.size(this);
    }

    @Override
    public long heapBytes() {
        return FIXED_BYTES + BYTES_PER_PART * (nodes.size() + edges.size()) + BYTES_PER_PIXEL * pixels();
    }

    /** This graph: a coarser one would be another circuit. */
    @Override
    public Drawing within(long pixels, long bytes) {
        return this;
    }

    @Override
    public void png(OutputStream out) throws IOException {
        GraphPicture.png(this, out);
    }

    @Override
    public void svg(OutputStream out) throws IOException {
        GraphPicture.svg(this, out);
    }
}
