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
 * The plain MLP of a block: {@code out(activation(in(x)))}.
 *
 * @param in weight [d_mlp, d_model]
 * @param out weight [d_model, d_mlp]
 * @see <a href="https://arxiv.org/abs/1706.03762">Vaswani et al., 2017, section 3.3</a>
 */
public record Mlp(Linear in, UnaryOperator<NDArray> activation, Linear out) implements FeedForward {

    @Override
    public NDArray forward(NDArray x, int layer, ForwardPass pass) {
        return out.apply(pass.hooks().at(new HookName(layer, Site.MLP_POST), neurons(x, layer, pass.hooks())));
    }

    /** The neurons [batch, position, d_mlp] of [batch, position, d_model]. */
    private NDArray neurons(NDArray x, int layer, Hooks hooks) {
        HookName pre = new HookName(layer, Site.MLP_PRE);
        return hooks.wants(pre)
                ? activation.apply(hooks.at(pre, in.apply(x)))
                : Scratch.only(() -> activation.apply(in.apply(x)));
    }

    @Override
    public List<Linear> layers() {
        return List.of(in, out);
    }

    @Override
    public Linear output() {
        return out;
    }

    @Override
    public Set<Site> sites() {
        return EnumSet.of(Site.MLP_PRE, Site.MLP_POST);
    }
}
