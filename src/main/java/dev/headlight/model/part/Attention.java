package dev.headlight.model.part;

import static dev.headlight.model.Site.ATTN_SCORES;
import static dev.headlight.model.Site.K;
import static dev.headlight.model.Site.PATTERN;
import static dev.headlight.model.Site.Q;
import static dev.headlight.model.Site.V;
import static dev.headlight.model.Site.Z;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.headlight.model.HookName;
import dev.headlight.model.Hooks;
import dev.headlight.tensor.Ops;

/**
 * Multi-head attention.
 *
 * @param scale what the dot products are multiplied by
 * @param out (d_model, head * d_head)
 * @see <a href="https://arxiv.org/abs/1706.03762">Vaswani et al., 2017, section 3.2</a>
 */
public record Attention(int heads, double scale, Linear query, Linear key, Linear value, Linear out) {

    /** @param qkv query, key and value as one, (3 * d_model, d_model) */
    public static Attention fused(int heads, double scale, Linear qkv, Linear out) {
        long d = qkv.weight().getShape().get(1);
        return new Attention(heads, scale, qkv.outputs(0, d), qkv.outputs(d, 2 * d), qkv.outputs(2 * d, 3 * d), out);
    }

    /** @param x (batch, position, d_model); the result too, before it joins the residual stream */
    NDArray forward(NDArray x, int layer, Pass pass) {
        Hooks hooks = pass.hooks();
        NDArray q = hooks.at(new HookName(layer, Q), split(query.apply(x)));
        NDArray k = hooks.at(new HookName(layer, K), split(key.apply(x)));
        NDArray v = hooks.at(new HookName(layer, V), split(value.apply(x)));
        NDArray pattern = pattern(q, k, layer, pass); // (batch, head, query, key)
        NDArray mixed = pattern.matMul(v.transpose(0, 2, 1, 3)).transpose(0, 2, 1, 3);
        NDArray z = hooks.at(new HookName(layer, Z), mixed); // (batch, position, head, d_head)
        return out.apply(z.reshape(x.getShape().get(0), x.getShape().get(1), -1));
    }

    private NDArray pattern(NDArray q, NDArray k, int layer, Pass pass) {
        NDArray scores = q.transpose(0, 2, 1, 3).matMul(k.transpose(0, 2, 3, 1)).mul(scale);
        if (pass.mask() != null) {
            scores = scores.add(pass.mask());
        }
        HookName name = new HookName(layer, ATTN_SCORES);
        scores = pass.hooks().at(name, scores);
        NDArray pattern = scores.softmax(-1);
        if (pass.hooks().changes(name)) {
            pattern = withoutBlindRows(scores, pattern);
        }
        return pass.hooks().at(new HookName(layer, PATTERN), pattern);
    }

    /** A query that may attend to nothing gets a row of zeros, where softmax gives NaN. */
    private static NDArray withoutBlindRows(NDArray scores, NDArray pattern) {
        NDArray blind = scores.max(new int[] {-1}, true).eq(Float.NEGATIVE_INFINITY);
        return Ops.where(blind, pattern.zerosLike(), pattern);
    }

    /** (batch, position, head * d_head) to (batch, position, head, d_head). */
    private NDArray split(NDArray x) {
        Shape shape = x.getShape();
        return x.reshape(shape.get(0), shape.get(1), heads, shape.get(2) / heads);
    }

    /** ‖v W_O‖₂ of each head: (batch, position, head, d_head) to (batch, position, head). */
    NDArray valueNorms(NDArray v) {
        long width = v.getShape().get(3);
        NDList norms = new NDList();
        for (int head = 0; head < heads; head++) {
            NDArray one = Ops.slice(v, 2, head, head + 1).squeeze(2);
            // a view of a weight belongs to the model's memory, and would stay there with it
            try (NDArray own = Ops.slice(out.weight(), 1, head * width, (head + 1) * width);
                    NDArray wide = own.toType(DataType.FLOAT32, false); // as v is, whatever the model computes in
                    NDArray written = Ops.linear(one, wide, null);
                    NDArray squares = written.square()) {
                norms.add(squares.sum(new int[] {-1}).sqrt());
            }
        }
        return NDArrays.stack(norms, -1);
    }
}
