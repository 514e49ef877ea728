package dev.headlight.model.part;

import ai.djl.ndarray.NDArray;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.Hooks;
import dev.headlight.model.hook.Site;
import dev.headlight.tensor.Scratch;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * A gated MLP such as SwiGLU: {@code down(activation(gate(x)) * up(x))}.
 *
 * @param gate weight [d_mlp, d_model]
 * @param up weight [d_mlp, d_model]
 * @param down weight [d_model, d_mlp]
 * @see <a href="https://arxiv.org/abs/2002.05202">Shazeer, 2020</a>
 */
public record GatedMlp(Linear gate, UnaryOperator<NDArray> activation, Linear up, Linear down) implements FeedForward {

    @Override
    public NDArray forward(NDArray x, int layer, ForwardPass pass) {
        Hooks hooks = pass.hooks();
        NDArray gated = gated(x, layer, hooks);
        NDArray linear = hooks.at(new HookName(layer, Site.MLP_PRE_LINEAR), up.apply(x));
        NDArray post = hooks.at(new HookName(layer, Site.MLP_POST), gated.mul(linear));
        return down.apply(post);
    }

    /** The gate's values after the non-linearity, [batch, position, d_mlp] of [batch, position, d_model]. */
    private NDArray gated(NDArray x, int layer, Hooks hooks) {
        HookName pre = new HookName(layer, Site.MLP_PRE);
        return hooks.wants(pre) ? activation.apply(hooks.at(pre, gate.apply(x))) : gated(x);
    }

    private NDArray gated(NDArray x) {
        return Scratch.only(() -> activation.apply(gate.apply(x)));
    }

    @Override
    public List<Linear> layers() {
        return List.of(gate, up, down);
    }

    /** Computes the output without hook points, for an expert of a mixture: [.., d_model] to [.., d_model]. */
    NDArray apply(NDArray x) {
        return down.apply(gated(x).mul(up.apply(x)));
    }

    @Override
    public Linear output() {
        return down;
    }

    @Override
    public Set<Site> sites() {
        return EnumSet.of(Site.MLP_PRE, Site.MLP_PRE_LINEAR, Site.MLP_POST);
    }
}
