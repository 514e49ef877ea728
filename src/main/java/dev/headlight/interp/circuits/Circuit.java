package dev.headlight.interp.circuits;

import java.util.BitSet;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A subgraph: chosen edges, without those on no path from the embedding to the logits. Patching these changes nothing, because
 * they carry the other run's values anyway or reach nothing. An exception are models that normalise the sum of the heads before
 * adding it to the residual stream: there each head's part depends on the other heads.
 *
 * @param chosen edges by their index in a grid [sender, receiver]
 */
record Circuit(CircuitGraph edges, BitSet chosen) {
    /**
     * The strongest edges.
     *
     * @param order indices of edges, strongest first
     * @param count how many edges
     */
    static Circuit of(CircuitGraph edges, List<Integer> order, int count) {
        BitSet chosen = new BitSet();
        order.subList(0, count).forEach(chosen::set);
        BitSet forward = new BitSet(); // senders reached from the embedding
        forward.set(edges.embedding());
        for (int receiver = 0;
                receiver < edges.logits();
                receiver++) { // the receivers of a sender come before those it reaches
            if (senders(edges, chosen, receiver).anyMatch(forward::get)) {
                IntStream.of(edges.feeds(receiver)).forEach(forward::set);
            }
        }
        BitSet back = new BitSet(); // senders that reach the logits
        BitSet kept = new BitSet();
        for (int receiver = edges.logits(); receiver >= 0; receiver--) {
            boolean reaches = receiver == edges.logits()
                    || IntStream.of(edges.feeds(receiver)).anyMatch(back::get);
            int at = receiver;
            if (reaches) {
                senders(edges, chosen, receiver).filter(forward::get).forEach(sender -> {
                    back.set(sender);
                    kept.set(edges.index(sender, at));
                });
            }
        }
        return new Circuit(edges, kept);
    }

    private static IntStream senders(CircuitGraph edges, BitSet chosen, int receiver) {
        return IntStream.range(0, edges.inputs(receiver)).filter(sender -> chosen.get(edges.index(sender, receiver)));
    }

    /** All other edges of the model. */
    BitSet complement() {
        BitSet others = edges.all();
        others.andNot(chosen);
        return others;
    }

    /** How many edges. */
    int size() {
        return chosen.cardinality();
    }

    /** The receivers that have an edge of the circuit. */
    BitSet receivers() {
        BitSet receivers = new BitSet();
        chosen.stream().forEach(edge -> receivers.set(edge % edges.receivers()));
        return receivers;
    }

    /** The embedding, and the senders that have an edge of the circuit. */
    BitSet senders() {
        BitSet senders = new BitSet();
        senders.set(edges.embedding());
        chosen.stream().forEach(edge -> senders.set(edge / edges.receivers()));
        return senders;
    }
}
