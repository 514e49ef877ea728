package dev.headlight.model.part;

import ai.djl.ndarray.NDArray;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.Site;
import java.util.EnumSet;
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
        NDArray pre = pass.hooks().at(new HookName(layer, Site.MLP_PRE), in.apply(x));
        NDArray post = pass.hooks().at(new HookName(layer, Site.MLP_POST), activation.apply(pre));
        return out.apply(post);
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
