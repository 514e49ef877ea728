package dev.headlight.interp;

import ai.djl.ndarray.NDArray;
import dev.headlight.model.Gradients;
import dev.headlight.model.HookName;
import dev.headlight.model.HookedModel;
import dev.headlight.model.Projections;
import dev.headlight.model.Site;
import dev.headlight.tensor.Ops;
import java.util.ArrayList;
import java.util.List;

/**
 * First-order estimates of what each edge carries: the change of its sender times the gradient of the metric at the input
 * of its receiver, summed over positions. Several passes are averaged.
 *
 * @see <a href="https://arxiv.org/abs/2310.10348">Syed, Rager and Conmy, 2023, for one pass</a>
 * @see <a href="https://arxiv.org/abs/2403.17806">Hanna, Pezzelle and Belinkov, 2024, for several</a>
 */
final class EdgeScores {
    private final HookedModel model;
    private final Edges edges;
    private final NDArray changes; // (sender, position * d_model)
    private final double[] sums;
    private int passes;

    /** @param changes of each sender, in the source run less in the target run (sender, position, d_model) */
    EdgeScores(HookedModel model, Edges edges, NDArray changes) {
        this.model = model;
        this.edges = edges;
        this.changes = changes.reshape(edges.senders(), -1);
        this.sums = new double[edges.senders() * edges.receivers()];
    }

    /** Where gradients are taken. They are those before any intervention within a receiver, which is a part of it. */
    static List<HookName> wanted(Edges edges) {
        List<HookName> wanted = new ArrayList<>();
        for (int layer = 0; layer < edges.layers(); layer++) {
            for (Site site : List.of(Site.Q, Site.K, Site.V, Site.RESID_POST)) {
                wanted.add(new HookName(layer, site));
            }
            wanted.add(new HookName(layer, edges.parallel().get(layer) ? Site.RESID_PRE : Site.RESID_MID));
        }
        return wanted;
    }

    /** Where values are read. */
    static List<HookName> read(Edges edges) {
        List<HookName> read = new ArrayList<>();
        for (int layer = 0; layer < edges.layers(); layer++) {
            read.add(new HookName(layer, Site.RESID_PRE));
        }
        return read;
    }

    void add(Slope.Pass pass) {
        passes++;
        for (int layer = 0; layer < edges.layers(); layer++) {
            add(edges.slot(layer, 0), readingGradients(pass, layer));
        }
        add(edges.logits(), rows(at(pass.gradients(), edges.layers() - 1, Site.RESID_POST)));
    }

    /** Of the receivers of a layer, in order (receiver, position * d_model). */
    private NDArray readingGradients(Slope.Pass pass, int layer) {
        Gradients gradients = pass.gradients();
        Projections projections = new Projections(
                at(gradients, layer, Site.Q), at(gradients, layer, Site.K), at(gradients, layer, Site.V));
        NDArray slots = model.weightReader()
                .readingGradients(layer, pass.values().value(new HookName(layer, Site.RESID_PRE)), projections);
        NDArray bySlot = slots.squeeze(0).transpose(1, 0, 2).reshape(edges.slots(), -1);
        NDArray past = rows(at(gradients, layer, Site.RESID_POST)); // what does not go through the MLP
        NDArray mlp = edges.parallel().get(layer)
                ? rows(at(gradients, layer, Site.RESID_PRE)).sub(past).sub(bySlot.sum(new int[] {0}, true))
                : rows(at(gradients, layer, Site.RESID_MID)).sub(past);
        return Ops.concat(List.of(bySlot, mlp), 0);
    }

    private static NDArray at(Gradients gradients, int layer, Site site) {
        return gradients.of(new HookName(layer, site));
    }

    /** (1, position, d_model) to (1, position * d_model). */
    private static NDArray rows(NDArray gradient) {
        return gradient.reshape(1, -1);
    }

    /** @param first of the receivers that these are the gradients of (receiver, position * d_model) */
    private void add(int first, NDArray gradients) {
        int receivers = (int) gradients.getShape().get(0);
        float[] products = changes.matMul(gradients.transpose(1, 0)).toFloatArray();
        for (int sender = 0; sender < edges.senders(); sender++) {
            for (int i = 0; i < receivers; i++) {
                if (edges.has(sender, first + i)) {
                    sums[edges.index(sender, first + i)] += products[sender * receivers + i];
                }
            }
        }
    }

    /** The mean over the passes, [sender, receiver]; 0 where there is no edge. */
    float[] scores() {
        float[] scores = new float[sums.length];
        for (int i = 0; i < scores.length; i++) {
            scores[i] = (float) (sums[i] / passes);
        }
        return scores;
    }
}
