package dev.headlight.interp.circuits;

import ai.djl.ndarray.NDArray;
import dev.headlight.interp.intervene.Ablation;
import dev.headlight.interp.patching.GradientRun;
import dev.headlight.model.HookedModel;
import dev.headlight.model.hook.Capture;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.Site;
import dev.headlight.tensor.Ops;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads the outputs of a graph's senders: what each of them adds to the residual stream of a run. */
record SenderOutputs(HookedModel model, CircuitGraph graph) {
    /** The hook points that must be captured. */
    List<HookName> hookNames() {
        List<HookName> hooks = new ArrayList<>(List.of(GradientRun.FIRST_BLOCK_INPUT));
        for (int layer = 0; layer < graph.layers(); layer++) {
            hooks.add(z(layer));
            hooks.add(mlp(layer));
        }
        return hooks;
    }

    /** The hook point of a layer's heads. */
    static HookName z(int layer) {
        return new HookName(layer, Site.Z);
    }

    /** The hook point of a layer's MLP. */
    static HookName mlp(int layer) {
        return new HookName(layer, Site.MLP_OUT);
    }

    /**
     * The outputs of all senders.
     *
     * @return {@code [sender, position, d_model]}, float32
     */
    NDArray of(Capture run) {
        return of(run, null, 0);
    }

    /**
     * The ablated outputs of all senders.
     *
     * @param ablation null for none
     * @param seed of {@link Ablation#RESAMPLE}
     * @return {@code [sender, position, d_model]}, float32
     */
    NDArray of(Capture run, @Nullable Ablation ablation, long seed) {
        NDArray embedding = run.value(GradientRun.FIRST_BLOCK_INPUT);
        List<NDArray> senders =
                new ArrayList<>(List.of(ablated(GradientRun.FIRST_BLOCK_INPUT, embedding, ablation, seed)));
        for (int layer = 0; layer < graph.layers(); layer++) {
            NDArray heads =
                    ablated(z(layer), model.weightAnalyses().headOutputs(layer, run.value(z(layer))), ablation, seed);
            senders.add(heads.squeeze(0).transpose(1, 0, 2));
            senders.add(ablated(mlp(layer), run.value(mlp(layer)), ablation, seed));
        }
        return Ops.concat(senders, 0);
    }

    private static NDArray ablated(HookName hook, NDArray value, @Nullable Ablation ablation, long seed) {
        if (ablation == null) {
            return value;
        }
        return Ops.expand(ablation.of(hook, value, seed), value.getShape()); // one mean stands for all positions
    }
}
