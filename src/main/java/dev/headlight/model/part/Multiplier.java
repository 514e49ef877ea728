package dev.headlight.model.part;

import ai.djl.ndarray.NDArray;
import dev.headlight.tensor.Scalars;
import org.jspecify.annotations.Nullable;

/** Multiplication by a constant, where others have a norm behind a layer. */
public record Multiplier(double factor, long width) implements Norm {
    @Override
    public NDArray normalized(NDArray x) {
        return x;
    }

    @Override
    public NDArray affine(NDArray normalized) {
        return Scalars.times(normalized, factor);
    }

    @Override
    public NDArray share(NDArray part, NDArray whole) {
        return Scalars.times(part, factor);
    }

    @Override
    public NDArray pullAffine(NDArray direction) {
        return direction.mul(factor);
    }

    @Override
    public NDArray pullNormalized(NDArray direction, NDArray whole) {
        return direction;
    }

    @Override
    public @Nullable NDArray bias() {
        return null;
    }
}
