package dev.headlight.model.part;

import ai.djl.ndarray.NDArray;
import dev.headlight.model.HookName;
import dev.headlight.model.Site;
import java.util.function.UnaryOperator;

/** The feed-forward layer of a block: in, non-linearity, out. */
public record Mlp(Linear in, UnaryOperator<NDArray> activation, Linear out) {

    /** @param x (batch, position, d_model); the result too, before it joins the residual stream */
    NDArray forward(NDArray x, int layer, Pass pass) {
        NDArray pre = pass.hooks().at(new HookName(layer, Site.MLP_PRE), in.apply(x));
        NDArray post = pass.hooks().at(new HookName(layer, Site.MLP_POST), activation.apply(pre));
        return out.apply(post);
    }
}
