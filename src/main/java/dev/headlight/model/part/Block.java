package dev.headlight.model.part;

import ai.djl.ndarray.NDArray;
import dev.headlight.model.HookName;
import dev.headlight.model.Site;
import java.util.Map;

/** One layer: attention and MLP around the residual stream. */
public record Block(Residual residual, LayerNorm norm1, Attention attention, LayerNorm norm2, Mlp mlp) {

    /** @param x the residual stream (batch, position, d_model); the result is exactly what the next block receives */
    NDArray forward(NDArray x, int layer, Pass pass) {
        NDArray pre = at(Site.RESID_PRE, layer, pass, x);
        return switch (residual) {
            case PRE_NORM -> preNorm(pre, layer, pass);
            case POST_NORM -> postNorm(pre, layer, pass);
        };
    }

    private NDArray preNorm(NDArray x, int layer, Pass pass) {
        NDArray attn = at(Site.ATTN_OUT, layer, pass, attention.forward(norm1.apply(x), layer, pass));
        NDArray mid = at(Site.RESID_MID, layer, pass, x.add(attn));
        NDArray out = at(Site.MLP_OUT, layer, pass, mlp.forward(norm2.apply(mid), layer, pass));
        return at(Site.RESID_POST, layer, pass, mid.add(out));
    }

    private NDArray postNorm(NDArray x, int layer, Pass pass) {
        NDArray attn = at(Site.ATTN_OUT, layer, pass, attention.forward(x, layer, pass));
        NDArray mid = at(Site.RESID_MID, layer, pass, norm1.apply(x.add(attn)));
        NDArray out = at(Site.MLP_OUT, layer, pass, mlp.forward(mid, layer, pass));
        return at(Site.RESID_POST, layer, pass, norm2.apply(mid.add(out)));
    }

    /** The residual stream by its parts: what it must be in the middle of the block and after it. */
    Map<Site, NDArray> rejoin(NDArray pre, NDArray attnOut, NDArray mlpOut) {
        return switch (residual) {
            case PRE_NORM -> {
                NDArray mid = pre.add(attnOut);
                yield Map.of(Site.RESID_MID, mid, Site.RESID_POST, mid.add(mlpOut));
            }
            case POST_NORM -> {
                NDArray mid = norm1.apply(pre.add(attnOut));
                yield Map.of(Site.RESID_MID, mid, Site.RESID_POST, norm2.apply(mid.add(mlpOut)));
            }
        };
    }

    private static NDArray at(Site site, int layer, Pass pass, NDArray value) {
        return pass.hooks().at(new HookName(layer, site), value);
    }
}
