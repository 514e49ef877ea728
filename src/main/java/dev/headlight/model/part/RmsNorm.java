package dev.headlight.model.part;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import dev.headlight.model.Weights;
import dev.headlight.tensor.Ops;
import dev.headlight.tensor.Scratch;
import org.jspecify.annotations.Nullable;

/**
 * Division by the root mean square of the last axis, in float32 whatever the model computes in.
 *
 * @param gain (width)
 * @see <a href="https://arxiv.org/abs/1910.07467">Zhang and Sennrich, 2019</a>
 */
public record RmsNorm(NDArray gain, double eps) implements Norm {
    public static RmsNorm of(Weights w, int width, double eps) {
        return new RmsNorm(w.get("weight", width), eps);
    }

    /** Gemma's, whose file holds the gain less 1. */
    public static RmsNorm plusOne(Weights w, int width, double eps) {
        try (NDArray stored = w.get("weight", width)) {
            return new RmsNorm(stored.add(1), eps);
        }
    }

    @Override
    public NDArray normalized(NDArray x) {
        NDArray wide = Ops.cast(x, DataType.FLOAT32);
        NDArray meanSquare = Scratch.only(() -> wide.square().mean(new int[] {-1}, true));
        return Ops.cast(wide.div(meanSquare.add(eps).sqrt()), x.getDataType());
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
    public NDArray pullNormalized(NDArray direction, NDArray whole) {
        NDArray meanSquare = whole.toType(DataType.FLOAT64, false).square().mean(new int[] {-1}, true);
        return direction.div(meanSquare.add(eps).sqrt());
    }

    @Override
    public @Nullable NDArray bias() {
        return null;
    }

    @Override
    public long width() {
        return gain.size();
    }

    @Override
    public NDArray share(NDArray part, NDArray whole) {
        NDArray meanSquare = whole.square().mean(new int[] {-1}, true);
        return part.div(meanSquare.add(eps).sqrt()).mul(gain);
    }
}
