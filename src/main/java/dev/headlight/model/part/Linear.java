package dev.headlight.model.part;

import ai.djl.ndarray.NDArray;
import dev.headlight.model.Weights;
import dev.headlight.tensor.Ops;
import org.jspecify.annotations.Nullable;

/**
 * {@code x W^T + b}.
 *
 * @param weight (out, in)
 * @param bias (out), or null
 */
public record Linear(NDArray weight, @Nullable NDArray bias) {
    /** PyTorch's {@code nn.Linear} with a bias. */
    public static Linear of(Weights w, int in, int out) {
        return new Linear(w.get("weight", out, in), w.get("bias", out));
    }

    /** Transformers' {@code Conv1D}, which keeps (in, out). */
    public static Linear conv1d(Weights w, int in, int out) {
        return new Linear(w.get("weight", in, out).transpose(), w.get("bias", out));
    }

    /** @param x (..., in) */
    public NDArray apply(NDArray x) {
        return Ops.linear(x, weight, bias);
    }

    /** The outputs from..to (exclusive) alone; a view. */
    public Linear outputs(long from, long to) {
        return new Linear(Ops.slice(weight, 0, from, to), bias == null ? null : Ops.slice(bias, 0, from, to));
    }
}
