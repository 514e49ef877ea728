package dev.headlight.model.part;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import dev.headlight.model.checkpoint.Weights;
import dev.headlight.tensor.Ops;
import dev.headlight.tensor.Scratch;
import org.jspecify.annotations.Nullable;

/**
 * Root mean square normalisation: divides by the root mean square of the last axis, without subtracting the mean.
 *
 * @param gain [width]
 * @param eps added to the mean square
 * @see <a href="https://arxiv.org/abs/1910.07467">Zhang and Sennrich, 2019</a>
 */
public record RmsNorm(NDArray gain, double eps) implements Norm {
    /** The norm of Llama and its descendants, with a weight {@code weight}. */
    public static RmsNorm of(Weights w, int width, double eps) {
        return new RmsNorm(w.get("weight", width), eps);
    }

    /** Gemma's norm, whose checkpoint stores the gain minus 1. */
    public static RmsNorm plusOne(Weights w, int width, double eps) {
        try (NDArray stored = w.get("weight", width)) {
            return new RmsNorm(stored.add(1), eps);
        }
    }

    @Override
    public NDArray apply(NDArray x) {
        return x.getDataType() == DataType.FLOAT32 && !Ops.differentiates(x)
                ? Ops.rmsNorm(x, gain, eps)
                : Norm.super.apply(x);
    }

    @Override
    public NDArray scale(NDArray whole) {
        return Scratch.only(() -> whole.square().mean(new int[] {-1}, true))
                .add(eps)
                .sqrt();
    }

    @Override
    public NDArray affine(NDArray normalized) {
        return normalized.mul(gain);
    }

    @Override
    public NDArray pullAffine(NDArray direction) {
        return direction.mul(gain);
    }

    @Override
    public @Nullable NDArray bias() {
        return null;
    }

    @Override
    public long width() {
        return gain.size();
    }
}
