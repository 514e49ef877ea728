package dev.headlight.model.part;

import ai.djl.ndarray.NDArray;

/** Multiplication by a constant, where others have a norm behind a layer. */
public record Multiplier(double factor, long width) implements Norm {
    @Override
    public NDArray normalized(NDArray x) {
        return x;
    }

    @Override
    public NDArray affine(NDArray normalized) {
        return normalized.mul(factor);
    }

    @Override
    public NDArray share(NDArray part, NDArray whole) {
        return part.mul(factor);
    }
}
