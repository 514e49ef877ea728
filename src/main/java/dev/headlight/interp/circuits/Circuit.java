package dev.headlight.interp.circuits;

import java.util.BitSet;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A subgraph: the chosen edges that lie on a path from the embedding to the logits. Patching other edges changes nothing: they
 * carry the source run's values already, or reach nothing. Models that normalise the sum of the heads before adding it to the
 * residual stream are an exception: there, each head's output depends on the other heads.
 *
 * @param edges edges, by their index in a grid [sender, receiver]
 */
record Circuit(CircuitGraph graph, BitSet edges) {
    /**
     * The circuit of the strongest edges.
     *
     * @param order indices of edges, strongest first
     * @param count how many edges
     */
    static Circuit of(CircuitGraph graph, List<Integer> order, int count) {
        BitSet chosen = new BitSet();
        order.subList(0, count).forEach(chosen::set);
        BitSet reached = new BitSet(); // senders reached from the embedding
        reached.set(graph.embedding());
        // ascending indices: a sender's own receivers come before the receivers that it reaches
        for (int receiver = 0; receiver < graph.logits(); receiver++) {
            if (senders(graph, chosen, receiver).anyMatch(reached::get)) {
                IntStream.of(graph.nodesOf(receiver)).forEach(reached::set);
            }
        }
        BitSet reaching = new BitSet(); // senders that reach the logits
        BitSet onPath = new BitSet();
        for (int receiver = graph.logits(); receiver >= 0; receiver--) {
            boolean reachesLogits = receiver == graph.logits()
                    || IntStream.of(graph.nodesOf(receiver)).anyMatch(reaching::get);
            int at = receiver;
            if (reachesLogits) {
                senders(graph, chosen, receiver).filter(reached::get).forEach(sender -> {
                    reaching.set(sender);
                    onPath.set(graph.index(sender, at));
                });
            }
        }
        return new Circuit(graph, onPath);
    }

    private static IntStream senders(CircuitGraph graph, BitSet chosen, int receiver) {
        return IntStream.range(0, graph.inputCount(receiver))
                .filter(sender -> chosen.get(graph.index(sender, receiver)));
    }

    /** All other edges of the model. */
    BitSet complement() {
        BitSet others = graph.allEdges();
        others.andNot(edges);
        return others;
    }

    /** How many edges. */
    int size() {
        return edges.cardinality();
    }

    /** The receivers that have an edge of the circuit. */
    BitSet receivers() {
        BitSet receivers = new BitSet();
        edges.stream().forEach(edge -> receivers.set(edge % graph.receivers()));
        return receivers;
    }

    /** The embedding, and the senders that have an edge of the circuit. */
    BitSet senders() {
        BitSet senders = new BitSet();
        senders.set(graph.embedding());
        edges.stream().forEach(edge -> senders.set(edge / graph.receivers()));
        return senders;
    }
}
