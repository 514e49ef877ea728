package dev.headlight.interp.circuits;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The nodes and edges of a circuit, by name.
 *
 * @param senders names of all senders of the model
 * @param receivers names of all receivers of the model
 */
record CircuitNames(Circuit circuit, List<String> senders, List<String> receivers) {
    /** The names in a circuit's model. */
    CircuitNames(Circuit circuit) {
        this(circuit, circuit.graph().senderNames(), circuit.graph().receiverNames());
    }

    /** The nodes, the embedding first and the logits last. */
    List<Circuits.Node> nodes() {
        CircuitGraph graph = circuit.graph();
        BitSet used = circuit.senders();
        List<Circuits.Node> nodes = new ArrayList<>();
        nodes.add(node(graph.embedding(), "embedding", null, null));
        for (int layer = 0; layer < graph.layers(); layer++) {
            for (int head = 0; head < graph.heads(); head++) {
                if (used.get(graph.head(layer, head))) {
                    nodes.add(node(graph.head(layer, head), "head", layer, head));
                }
            }
            if (used.get(graph.mlp(layer))) {
                nodes.add(node(graph.mlp(layer), "mlp", layer, null));
            }
        }
        String logits = receivers.get(graph.logits());
        nodes.add(new Circuits.Node(logits, "logits", null, null, List.of(logits)));
        return nodes;
    }

    private Circuits.Node node(int sender, String kind, @Nullable Integer layer, @Nullable Integer head) {
        List<String> inputs = circuit.receivers().stream()
                .filter(receiver ->
                        Arrays.stream(circuit.graph().nodesOf(receiver)).anyMatch(fed -> fed == sender))
                .mapToObj(receivers::get)
                .toList();
        return new Circuits.Node(senders.get(sender), kind, layer, head, inputs);
    }

    /**
     * The edges.
     *
     * @param order indices of edges, in the order of the result
     * @param scores of all pairs: {@code [sender · receiver]}
     */
    List<Circuits.Edge> edges(List<Integer> order, float[] scores) {
        int receiverCount = circuit.graph().receivers();
        return order.stream()
                .filter(circuit.edges()::get)
                .map(edge -> new Circuits.Edge(
                        senders.get(edge / receiverCount), receivers.get(edge % receiverCount), scores[edge]))
                .toList();
    }
}
