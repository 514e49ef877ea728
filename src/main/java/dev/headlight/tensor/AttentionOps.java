package dev.headlight.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import java.util.List;

/**
 * The steps of dot-product attention, each one call of PyTorch. They also work on meta arrays. Gradients flow through
 * {@link #scores}, {@link #pattern} and {@link #mix}, which are several calls then. Several query heads may share one head of keys and values
 * (grouped-query attention).
 *
 * @see <a href="https://arxiv.org/abs/1706.03762">Vaswani et al., 2017, section 3.2.1</a>
 * @see <a href="https://arxiv.org/abs/2305.13245">Ainslie et al., 2023, for shared keys and values</a>
 */
public final class AttentionOps {
    private AttentionOps() {}

    /**
     * Scaled scores with biases, {@code scale * q k^T + bias}.
     *
     * @param q [batch, query, head, d_head]
     * @param k [batch, key, kv_head, d_head]
     * @param biases arrays that broadcast to the result, such as a mask
     * @return [batch, head, query, key]
     */
    public static NDArray scores(NDArray q, NDArray k, double scale, List<NDArray> biases) {
        if (Ops.differentiates(q)) {
            return Differentiable.scores(q, k, scale, biases);
        }
        return q instanceof MetaArray meta
                ? scores(meta, k)
                : Aten.call("scores", q, Aten.of(q), Aten.of(k), Aten.of(scale), list(biases));
    }

    /**
     * The softmax of {@link #scores} over the keys.
     *
     * @param q [batch, query, head, d_head]
     * @param k [batch, key, kv_head, d_head]
     * @param biases arrays that broadcast to the result, such as a mask
     * @return [batch, head, query, key]
     */
    public static NDArray pattern(NDArray q, NDArray k, double scale, List<NDArray> biases) {
        if (Ops.differentiates(q)) {
            return Differentiable.pattern(q, k, scale, biases);
        }
        return q instanceof MetaArray meta
                ? scores(meta, k) // the softmax is taken in place
                : Aten.call("pattern", q, Aten.of(q), Aten.of(k), Aten.of(scale), list(biases));
    }

    /**
     * The values weighted by a pattern.
     *
     * @param pattern [batch, head, query, key]
     * @param v [batch, key, kv_head, d_head]
     * @return [batch, query, head, d_head]
     */
    public static NDArray mix(NDArray pattern, NDArray v) {
        if (Ops.differentiates(pattern)) {
            return Differentiable.mix(pattern, v);
        }
        return pattern instanceof MetaArray meta
                ? mixed(meta, v)
                : Aten.call("mix", pattern, Aten.of(pattern), Aten.of(v));
    }

    /**
     * Attention by PyTorch's fused kernel, which never holds a whole pattern. No gradients.
     *
     * @param q [batch, query, head, d_head]
     * @param k [batch, key, kv_head, d_head]; v has the same shape
     * @param biases at most one array that broadcasts to the pattern [batch, head, query, key]
     * @return [batch, query, head, d_head]
     * @see <a href="https://arxiv.org/abs/2205.14135">Dao et al., 2022</a>
     */
    public static NDArray attention(NDArray q, NDArray k, NDArray v, double scale, List<NDArray> biases) {
        return q instanceof MetaArray meta
                ? attended(meta, k)
                : Aten.call("attention", q, Aten.of(q), Aten.of(k), Aten.of(v), Aten.of(scale), list(biases));
    }

    /**
     * The mask of causal attention: 0, or minus infinity for a key that its query does not see.
     *
     * @param first position of the first query
     * @param positions number of keys; the last query is at the last key
     * @param visible number of keys that a query sees at most, its own position included
     * @return [query, key]
     */
    public static NDArray causalMask(NDManager manager, DataType type, int first, int positions, int visible) {
        if (manager instanceof MetaManager) {
            return manager.create(new Shape(positions - first, positions), type);
        }
        try (NDArray like = manager.create(new Shape(1), type)) {
            return Aten.constant(
                    "causal_mask", like, Aten.of(like), Aten.of(first), Aten.of(positions), Aten.of(visible));
        }
    }

    /**
     * Rotates the coordinates of queries or keys in pairs, one coordinate of each half. No gradients.
     *
     * @param x [batch, position, head, rotated], as the result
     * @param cos [1, position, 1, rotated]; sin has the same shape
     * @see <a href="https://arxiv.org/abs/2104.09864">Su et al., 2021</a>
     */
    public static NDArray rotateHalves(NDArray x, NDArray cos, NDArray sin) {
        return x instanceof MetaArray meta
                ? meta.newArray(meta.getDataType())
                : Aten.call("rotate_halves", x, Aten.of(x), Aten.of(cos), Aten.of(sin));
    }

    /** Scores without values [batch, head, query, key] of queries [batch, query, head, d_head]. */
    private static MetaArray scores(MetaArray queries, NDArray k) {
        long[] q = queries.getShape().getShape();
        MetaArray scores = queries.newArray(
                queries.getDataType(), q[0], q[2], q[1], k.getShape().get(1));
        queries.counter().multiplyAdds((double) scores.size() * q[3]);
        return scores;
    }

    /** Mixed values without values [batch, query, head, d_head] of a pattern [batch, head, query, key]. */
    private static NDArray mixed(MetaArray pattern, NDArray v) {
        long[] p = pattern.getShape().getShape();
        MetaArray mixed = pattern.newArray(
                pattern.getDataType(), p[0], p[1], p[2], v.getShape().get(3));
        pattern.counter().multiplyAdds((double) mixed.size() * p[3]);
        return mixed.transpose(0, 2, 1, 3);
    }

    /** The result without values of one kernel [batch, query, head, d_head], the shape of the queries. */
    private static NDArray attended(MetaArray queries, NDArray k) {
        MetaArray mixed =
                queries.newArray(queries.getDataType(), queries.getShape().getShape());
        queries.counter().multiplyAdds(2.0 * mixed.size() * k.getShape().get(1));
        return mixed;
    }

    private static Aten.Argument list(List<NDArray> arrays) {
        return Aten.of(arrays.stream().map(PtNDArray.class::cast).toArray(PtNDArray[]::new));
    }
}
