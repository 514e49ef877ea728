package dev.headlight.interp;

import java.util.BitSet;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A subgraph: some edges, but for those that lie on no way from the embedding to the logits. Whether those are cut or not
 * changes nothing, as what they carry is what it is in the other run, or reaches nothing; but for heads whose sum is
 * normalised before it joins the stream, where each head's part depends on the others'.
 *
 * @param chosen by their place in a grid [sender, receiver]
 */
record Circuit(Edges edges, BitSet chosen) {
    /**
     * The strongest edges.
     *
     * @param order places of edges, strongest first
     */
    static Circuit of(Edges edges, List<Integer> order, int count) {
        BitSet chosen = new BitSet();
        order.subList(0, count).forEach(chosen::set);
        BitSet forward = new BitSet(); // senders that hear of the embedding
        forward.set(edges.embedding());
        for (int receiver = 0;
                receiver < edges.logits();
                receiver++) { // the receivers of a sender come before those it reaches
            if (senders(edges, chosen, receiver).anyMatch(forward::get)) {
                IntStream.of(edges.feeds(receiver)).forEach(forward::set);
            }
        }
        BitSet back = new BitSet(); // senders that the logits hear of
        BitSet kept = new BitSet();
        for (int receiver = edges.logits(); receiver >= 0; receiver--) {
            boolean heard = receiver == edges.logits()
                    || IntStream.of(edges.feeds(receiver)).anyMatch(back::get);
            int at = receiver;
            if (heard) {
                senders(edges, chosen, receiver).filter(forward::get).forEach(sender -> {
                    back.set(sender);
                    kept.set(edges.index(sender, at));
                });
            }
        }
        return new Circuit(edges, kept);
    }

    private static IntStream senders(Edges edges, BitSet chosen, int receiver) {
        return IntStream.range(0, edges.heard(receiver)).filter(sender -> chosen.get(edges.index(sender, receiver)));
    }

    /** All other edges of the model. */
    BitSet complement() {
        BitSet others = edges.all();
        others.andNot(chosen);
        return others;
    }

    int size() {
        return chosen.cardinality();
    }

    /** The receivers of an edge of it. */
    BitSet receivers() {
        BitSet receivers = new BitSet();
        chosen.stream().forEach(edge -> receivers.set(edge % edges.receivers()));
        return receivers;
    }

    /** The embedding, and the senders that are on a way to the logits. */
    BitSet senders() {
        BitSet senders = new BitSet();
        senders.set(edges.embedding());
        chosen.stream().forEach(edge -> senders.set(edge / edges.receivers()));
        return senders;
    }
}
