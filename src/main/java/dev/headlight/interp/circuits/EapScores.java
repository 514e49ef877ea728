package dev.headlight.interp.circuits;

import ai.djl.ndarray.NDArray;
import dev.headlight.interp.patching.GradientRun;
import dev.headlight.model.HookedModel;
import dev.headlight.model.Qkv;
import dev.headlight.model.hook.Gradients;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.Site;
import dev.headlight.model.schedule.Cancellation;
import dev.headlight.tensor.Ops;
import java.util.ArrayList;
import java.util.List;

/**
 * First-order scores of edges: the change of the sender's output times the gradient of the metric at the receiver's input,
 * summed over positions. Several passes are averaged.
 *
 * @see <a href="https://arxiv.org/abs/2310.10348">Syed, Rager and Conmy, 2023, EAP: one pass</a>
 * @see <a href="https://arxiv.org/abs/2403.17806">Hanna, Pezzelle and Belinkov, 2024, EAP-IG: several passes</a>
 */
final class EapScores {
    private final HookedModel model;
    private final CircuitGraph graph;
    private final NDArray changes; // [sender, position · d_model]
    private final double[] sums;
    private final Runnable scored;
    private int passes;

    /**
     * Scores before the first pass.
     *
     * @param changes of the senders' outputs, source run minus base run: {@code [sender, position, d_model]}
     * @param scored is called after each pass
     */
    EapScores(HookedModel model, CircuitGraph graph, NDArray changes, Runnable scored) {
        this.model = model;
        this.graph = graph;
        this.changes = changes.reshape(graph.senders(), -1);
        this.sums = new double[graph.senders() * graph.receivers()];
        this.scored = scored;
    }

    /** Hook points whose gradients are needed. They are taken before the interventions, which are part of the receiver. */
    static List<HookName> gradientHookNames(CircuitGraph graph) {
        List<HookName> hooks = new ArrayList<>();
        for (int layer = 0; layer < graph.layers(); layer++) {
            for (Site site : List.of(Site.Q, Site.K, Site.V, Site.RESID_POST)) {
                hooks.add(new HookName(layer, site));
            }
            hooks.add(new HookName(layer, graph.parallel().get(layer) ? Site.RESID_PRE : Site.RESID_MID));
        }
        return hooks;
    }

    /** Adds one pass to the average. */
    void add(GradientRun.Pass pass) {
        passes++;
        for (int layer = 0; layer < graph.layers(); layer++) {
            Cancellation.current().check();
            int at = layer;
            NDArray gradients = model.section(changes, () -> readingGradients(pass, at));
            add(graph.slot(at, 0), gradients);
        }
        add(graph.logits(), rows(at(pass.gradients(), graph.layers() - 1, Site.RESID_POST)));
        scored.run();
    }

    /** The gradients at the inputs of a layer's receivers, in order: {@code [receiver, position · d_model]}. */
    private NDArray readingGradients(GradientRun.Pass pass, int layer) {
        Gradients gradients = pass.gradients();
        Qkv projections =
                new Qkv(at(gradients, layer, Site.Q), at(gradients, layer, Site.K), at(gradients, layer, Site.V));
        NDArray slots = model.weightAnalyses()
                .readingGradients(layer, pass.values().value(new HookName(layer, Site.RESID_PRE)), projections);
        NDArray bySlot = slots.squeeze(0).transpose(1, 0, 2).reshape(graph.slots(), -1);
        NDArray skipped = rows(at(gradients, layer, Site.RESID_POST)); // through the skip connection
        NDArray mlp = graph.parallel().get(layer)
                ? rows(at(gradients, layer, Site.RESID_PRE)).sub(skipped).sub(bySlot.sum(new int[] {0}, true))
                : rows(at(gradients, layer, Site.RESID_MID)).sub(skipped);
        return Ops.concat(List.of(bySlot, mlp), 0);
    }

    private static NDArray at(Gradients gradients, int layer, Site site) {
        return gradients.of(new HookName(layer, site));
    }

    /** Reshapes {@code [1, position, d_model]} to {@code [1, position · d_model]}. */
    private static NDArray rows(NDArray gradient) {
        return gradient.reshape(1, -1);
    }

    /**
     * Adds the scores of the edges into some receivers.
     *
     * @param gradients of the receivers from {@code first} on: {@code [receiver, position · d_model]}
     */
    private void add(int first, NDArray gradients) {
        int receivers = (int) gradients.getShape().get(0);
        float[] products = changes.matMul(gradients.transpose(1, 0)).toFloatArray();
        for (int sender = 0; sender < graph.senders(); sender++) {
            for (int i = 0; i < receivers; i++) {
                if (graph.has(sender, first + i)) {
                    sums[graph.index(sender, first + i)] += products[sender * receivers + i];
                }
            }
        }
    }

    /** The mean over the passes, 0 if there is no edge: {@code [sender · receiver]}. */
    float[] scores() {
        float[] scores = new float[sums.length];
        for (int i = 0; i < scores.length; i++) {
            scores[i] = (float) (sums[i] / passes);
        }
        return scores;
    }
}
