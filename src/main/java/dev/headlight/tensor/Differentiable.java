package dev.headlight.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.util.List;

/**
 * Operations of {@link Aten} as several operations of DJL. DJL records no gradients inside a TorchScript call, so these run
 * where gradients are on. {@code [..]} is any shape.
 */
final class Differentiable {
    private static final double SQRT_2_OVER_PI = Math.sqrt(2 / Math.PI);

    private Differentiable() {}

    /** GELU with tanh, elementwise, [..] to [..]. At most two arrays are held at once. */
    static NDArray geluTanh(NDArray x) {
        NDArray inner;
        try (NDArray square = x.square()) {
            NDArray cube = Scalars.timesInPlace(square.mul(x), 0.044715);
            inner = notNeededByGradients(Scalars.timesInPlace(cube.addi(x), SQRT_2_OVER_PI));
        }
        NDArray tanh;
        try (inner) {
            tanh = inner.tanh(); // not changed in place: its gradient is computed from its result
        }
        NDArray gate;
        try (tanh) {
            gate = Scalars.timesInPlace(tanh.add(1), 0.5);
        }
        try (gate) {
            return withValue("gelu_tanh", x, x.mul(gate));
        }
    }

    /**
     * An operation's result with the value of one call, bit for bit, and the gradient of several: a run with gradients is
     * then equal to one without. The sum is exact, because the two values differ by rounding only (Sterbenz's lemma).
     *
     * @param several elementwise results of {@code x} [..]
     */
    private static NDArray withValue(String method, NDArray x, NDArray several) {
        if (x instanceof MetaArray) {
            return several; // no gradient needs the arrays below, so they are free again at once
        }
        try (NDArray value = Aten.constant(method, x, Aten.of(x));
                NDArray rest = value.sub(Ops.constant(several))) {
            return several.add(rest);
        }
    }

    /** x σ(x), elementwise, [..] to [..]. */
    static NDArray silu(NDArray x) {
        try (NDArray gate = Nonlinearities.sigmoid(x)) {
            return withValue("silu", x, gate.mul(x));
        }
    }

    /** Scaled scores with biases [batch, head, query, key]; see {@link AttentionOps#scores}. */
    static NDArray scores(NDArray q, NDArray k, double scale, List<NDArray> biases) {
        Shape shape = q.getShape();
        NDArray products = byGroup(q.transpose(0, 2, 1, 3), k.getShape().get(2)).matMul(k.transpose(0, 2, 3, 1));
        NDArray scores = Scalars.timesInPlace(products.reshape(shape.get(0), shape.get(2), shape.get(1), -1), scale);
        for (NDArray bias : biases) {
            scores = scores.addi(bias);
        }
        return scores;
    }

    /** The softmax of the scores [batch, head, query, key]; its gradient is computed from the result. */
    static NDArray pattern(NDArray q, NDArray k, double scale, List<NDArray> biases) {
        return notNeededByGradients(scores(q, k, scale, biases)).softmax(-1);
    }

    /** The same array [..]; in a dry run it counts as one that autograd does not keep for the backward pass. */
    private static NDArray notNeededByGradients(NDArray x) {
        return x instanceof MetaArray meta ? meta.notNeededByGradients() : x;
    }

    /** Mixed values [batch, query, head, d_head]; see {@link AttentionOps#mix}. */
    static NDArray mix(NDArray pattern, NDArray v) {
        Shape shape = pattern.getShape();
        return byGroup(pattern, v.getShape().get(2))
                .matMul(v.transpose(0, 2, 1, 3))
                .reshape(shape.get(0), shape.get(1), shape.get(2), -1)
                .transpose(0, 2, 1, 3);
    }

    /** Merges the query heads that share a kv head: [batch, head, query, n] to [batch, kv_head, its heads * query, n]. */
    private static NDArray byGroup(NDArray x, long kvHeads) {
        Shape shape = x.getShape();
        long heads = shape.get(1);
        return kvHeads == heads ? x : x.reshape(shape.get(0), kvHeads, heads / kvHeads * shape.get(2), shape.get(3));
    }
}
