package dev.headlight.web.analysis;

import dev.headlight.interp.circuits.Circuits;
import dev.headlight.render.Graph;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Figure of {@code /circuits}. */
final class CircuitsFigures {
    private CircuitsFigures() {}

    /**
     * The circuit as a graph, embedding at the bottom and logits at the top. An edge to shared keys or values is drawn to every
     * head that reads them.
     */
    static Graph circuit(Circuits.Answer answer, MetricBody metric) {
        int top = answer.nodes().stream()
                        .mapToInt(n -> n.layer() == null ? 0 : 2 * n.layer() + 2)
                        .max()
                        .orElse(0)
                + 1;
        List<Graph.Node> nodes = answer.nodes().stream()
                .map(n -> new Graph.Node(n.id(), label(n), level(n, top), n.kind()))
                .toList();
        List<Graph.Edge> edges = new ArrayList<>();
        for (Circuits.Edge edge : answer.edges()) {
            for (Circuits.Node node : answer.nodes()) {
                if (node.inputs().contains(edge.to())) {
                    edges.add(new Graph.Edge(edge.from(), node.id(), edge.score()));
                }
            }
        }
        String title = String.format(
                Locale.ROOT,
                "%s, a circuit of %d of %d edges that keeps %.0f %% of the %s",
                answer.model(),
                answer.edges().size(),
                answer.edgeCount(),
                100 * answer.faithfulness(),
                metric.inWords());
        return new Graph(title, nodes, edges, "estimated effect of patching");
    }

    private static String label(Circuits.Node node) {
        return switch (node.kind()) {
            case "head" -> "head " + node.layer() + "." + node.head();
            case "mlp" -> "MLP " + node.layer();
            default -> node.kind();
        };
    }

    private static int level(Circuits.Node node, int top) {
        if (node.layer() == null) {
            return node.kind().equals("logits") ? top : 0;
        }
        return 2 * node.layer() + (node.head() == null ? 2 : 1);
    }
}
