package dev.headlight.model.part;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import dev.headlight.tensor.Scalars;
import org.jspecify.annotations.Nullable;

/**
 * Multiplies the output of attention or MLP by a constant before it is added to the residual stream: the {@code
 * residual_multiplier} of Granite. It takes the place of a norm in other families.
 *
 * @param width length of the last axis
 * @see <a href="https://arxiv.org/abs/2408.13359">Shen et al., 2024</a>
 */
public record ResidualScale(double factor, long width) implements Norm {
    @Override
    public NDArray scale(NDArray whole) {
        return whole.getManager().ones(new Shape(1), whole.getDataType());
    }

    @Override
    public NDArray normalized(NDArray x) {
        return x;
    }

    @Override
    public NDArray affine(NDArray normalized) {
        return Scalars.times(normalized, factor);
    }

    @Override
    public NDArray contribution(NDArray part, NDArray whole) {
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
