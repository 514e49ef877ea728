package dev.headlight.interp.circuits;

import dev.headlight.interp.intervene.Intervention;
import dev.headlight.model.HookedModel;
import dev.headlight.model.ModelInfo;
import dev.headlight.model.fault.BadSelection;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.HookPoints;
import dev.headlight.model.hook.Site;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * The computational graph of a model. Senders write to the residual stream: the embedding, every head and every MLP. Receivers
 * read it: the queries, keys and values of every head, every MLP, and the logits. There is an edge from each sender to each later
 * receiver. Heads that share a kv head share its two receivers.
 *
 * @param layers of the model
 * @param heads query heads per layer
 * @param kvHeads kv heads per layer
 * @param parallel by layer, whether the MLP reads the same residual stream as attention
 * @see <a href="https://arxiv.org/abs/2310.10348">Syed, Rager and Conmy, 2023, section 3</a>
 */
record CircuitGraph(int layers, int heads, int kvHeads, List<Boolean> parallel) {
    /** Sites at which an intervention would make the residual stream differ from the sum of the senders' outputs. */
    private static final Set<Site> STREAM = EnumSet.of(Site.RESID_PRE, Site.ATTN_OUT, Site.RESID_MID, Site.RESID_POST);

    /**
     * The graph of a model.
     *
     * @param field of the request that asks for edges, for the message
     * @throws BadSelection for a model whose residual stream is not a sum, and for interventions on the residual stream
     */
    static CircuitGraph of(String field, HookedModel model, List<Intervention> interventions) {
        if (!model.weightAnalyses().streamIsASum()) {
            throw new BadSelection(
                    field,
                    "has no edges to follow in model " + model.id()
                            + ", which normalises the residual stream itself: it is not the sum of what heads and MLPs write");
        }
        for (Intervention i : interventions) {
            if (STREAM.contains(i.hook().site())) {
                throw new BadSelection(
                        i.field() + ".hook",
                        i.hook(),
                        "must lie within the embedding, a head or an MLP: the residual stream would no longer be the sum of what they write");
            }
        }
        ModelInfo info = model.info();
        HookPoints points = model.hookPoints();
        return new CircuitGraph(
                info.nLayers(),
                info.nHeads(),
                info.nKvHeads(),
                IntStream.range(0, info.nLayers())
                        .mapToObj(layer -> !points.has(new HookName(layer, Site.RESID_MID)))
                        .toList());
    }

    /** Number of attention inputs of a layer: one per query head, then one per kv head for keys, then for values. */
    int slots() {
        return heads + 2 * kvHeads;
    }

    /** The number of senders. */
    int senders() {
        return 1 + layers * (heads + 1);
    }

    /** The number of receivers. */
    int receivers() {
        return layers * (slots() + 1) + 1;
    }

    /** The sender index of the embedding. */
    int embedding() {
        return 0;
    }

    /** The sender index of a head. */
    int head(int layer, int head) {
        return 1 + layer * (heads + 1) + head;
    }

    /** The sender index of an MLP. */
    int mlp(int layer) {
        return head(layer, heads);
    }

    /** The receiver index of an attention input, see {@link #slots()}. */
    int slot(int layer, int slot) {
        return layer * (slots() + 1) + slot;
    }

    /** The receiver index of an MLP. */
    int mlpInput(int layer) {
        return slot(layer, slots());
    }

    /** The receiver index of the logits. */
    int logits() {
        return receivers() - 1;
    }

    /** The number of edges into a receiver: they come from the senders 0..inputs-1. */
    int inputCount(int receiver) {
        int layer = receiver / (slots() + 1);
        if (layer == layers) {
            return senders();
        }
        boolean sequentialMlp = receiver == mlpInput(layer) && !parallel.get(layer);
        return sequentialMlp ? mlp(layer) : head(layer, 0);
    }

    /** Whether there is an edge. */
    boolean has(int sender, int receiver) {
        return sender < inputCount(receiver);
    }

    /** The index of an edge in a grid [sender, receiver]. */
    int index(int sender, int receiver) {
        return sender * receivers() + receiver;
    }

    /** Every edge, by its index in a grid [sender, receiver]. */
    BitSet allEdges() {
        BitSet all = new BitSet();
        for (int receiver = 0; receiver < receivers(); receiver++) {
            for (int sender = 0; sender < inputCount(receiver); sender++) {
                all.set(index(sender, receiver));
            }
        }
        return all;
    }

    /** The number of edges. */
    int edgeCount() {
        return IntStream.range(0, receivers()).map(this::inputCount).sum();
    }

    /** The senders that a receiver belongs to: one, or the heads that share a kv head; none for the logits. */
    int[] nodesOf(int receiver) {
        int layer = receiver / (slots() + 1);
        int slot = receiver % (slots() + 1);
        if (layer == layers) {
            return new int[0];
        }
        if (slot == slots()) {
            return new int[] {mlp(layer)};
        }
        if (slot < heads) {
            return new int[] {head(layer, slot)};
        }
        int group = heads / kvHeads;
        int first = (slot - heads) % kvHeads * group;
        return IntStream.range(first, first + group).map(h -> head(layer, h)).toArray();
    }

    /** The names of all senders, such as {@code blocks.0.head.1}. */
    List<String> senderNames() {
        List<String> names = new ArrayList<>(List.of("embed"));
        for (int layer = 0; layer < layers; layer++) {
            for (int head = 0; head < heads; head++) {
                names.add("blocks." + layer + ".head." + head);
            }
            names.add("blocks." + layer + ".mlp");
        }
        return names;
    }

    /** The names of all receivers, such as {@code blocks.0.head.1.q}. */
    List<String> receiverNames() {
        List<String> names = new ArrayList<>();
        String shared = kvHeads == heads ? ".head." : ".kv_head.";
        for (int layer = 0; layer < layers; layer++) {
            String block = "blocks." + layer;
            for (int head = 0; head < heads; head++) {
                names.add(block + ".head." + head + ".q");
            }
            for (String input : List.of(".k", ".v")) {
                for (int head = 0; head < kvHeads; head++) {
                    names.add(block + shared + head + input);
                }
            }
            names.add(block + ".mlp");
        }
        names.add("logits");
        return names;
    }
}
