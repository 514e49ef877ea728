package dev.headlight.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import dev.headlight.tensor.Ops;

/**
 * The queries, keys and values of a layer, as at the hook points {@code q}, {@code k} and {@code v}.
 *
 * @param q [batch, position, head, d_head]
 * @param k [batch, position, kv_head, d_head]
 * @param v [batch, position, kv_head, d_head]
 */
public record Qkv(NDArray q, NDArray k, NDArray v) {
    /** These arrays in float32. */
    Qkv wide() {
        return new Qkv(Ops.cast(q, DataType.FLOAT32), Ops.cast(k, DataType.FLOAT32), Ops.cast(v, DataType.FLOAT32));
    }

    /** The dot product with others of the same shapes, a scalar []. */
    NDArray dot(Qkv other) {
        return dot(q, other.q).add(dot(k, other.k)).add(dot(v, other.v));
    }

    private static NDArray dot(NDArray x, NDArray y) {
        return x.mul(y).sum(new int[] {0, 1, 2, 3}, false);
    }
}
