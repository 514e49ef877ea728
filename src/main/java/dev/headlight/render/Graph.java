package dev.headlight.render;

import java.awt.Dimension;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A circuit to draw: parts of a model in rows, and what they pass upwards.
 *
 * @param title above the whole; empty for none
 * @param nodes drawn in rows by their level, whatever their order here
 * @param edges each from a lower level to a higher one; several between the same two nodes are drawn side by side
 * @param measure what the edges' weights are, e.g. "effect on the logit difference"; empty for none
 */
public record Graph(String title, List<Node> nodes, List<Edge> edges, String measure) implements Drawing {
    /**
     * One part of the model.
     *
     * @param id by which edges name it; no other node's, without control characters
     * @param label as it is: {@link Labels#visible} is applied when drawing
     * @param level its row: the lowest is drawn at the bottom; gaps between levels take no room
     * @param kind of part, e.g. "head" or "mlp": it chooses the box's colour; empty for white
     */
    public record Node(String id, String label, int level, String kind) {
        public Node {
            if (id.isEmpty() || id.chars().anyMatch(Character::isISOControl)) {
                throw new IllegalArgumentException("A node's id '%s'".formatted(Labels.visible(id)));
            }
        }
    }

    /**
     * What one node passes to another.
     *
     * @param weight its magnitude is the line's width, its sign the colour: red above 0, blue below
     */
    public record Edge(String from, String to, double weight) {
        public Edge {
            if (!Double.isFinite(weight)) {
                throw new IllegalArgumentException("Edge %s to %s weighs %s".formatted(from, to, weight));
            }
        }
    }

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
                throw new IllegalArgumentException("Edge %s to %s lacks a node".formatted(edge.from(), edge.to()));
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
    public byte[] png() {
        return GraphPicture.png(this);
    }

    @Override
    public byte[] svg() {
        return GraphPicture.svg(this);
    }
}
