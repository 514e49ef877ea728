package dev.headlight.model.part;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import dev.headlight.tensor.Ops;
import org.jspecify.annotations.Nullable;

/**
 * A normalisation of the last axis, before or after a layer: {@code centred(x) / scale(x)}, then gain and bias.
 *
 * <p>Attributions freeze the scale at that of a whole value. The rest is then linear (affine with a bias), so that
 * parts of the value give parts of the result ({@link #contribution}), and a direction of the result can be pulled back
 * to the input ({@link #pull}).
 */
public interface Norm {
    /**
     * The divisor of each vector, such as its root mean square.
     *
     * @param whole [.., width]
     * @return [.., 1], or an array that broadcasts to it; in the dtype of {@code whole}
     */
    NDArray scale(NDArray whole);

    /**
     * The value before it is divided by its scale: without its mean, if the norm subtracts it.
     *
     * @param x [.., width], as the result
     */
    default NDArray centred(NDArray x) {
        return x;
    }

    /**
     * The value before gain and bias, computed in float32 in a model of any dtype.
     *
     * @param x [.., width], as the result, which has the dtype of {@code x}
     */
    default NDArray normalized(NDArray x) {
        NDArray wide = Ops.cast(x, DataType.FLOAT32); // the squares of float16 would overflow
        return Ops.cast(centred(wide).div(scale(wide)), x.getDataType());
    }

    /**
     * Applies gain and bias.
     *
     * @param normalized [.., width], as the result
     */
    NDArray affine(NDArray normalized);

    /**
     * Normalises, then applies gain and bias.
     *
     * @param x [.., width], as the result
     */
    default NDArray apply(NDArray x) {
        return affine(normalized(x));
    }

    /**
     * Pulls a direction back through gain and bias (the transpose of the affine map).
     *
     * @param direction of the norm's result [.., width]
     * @return of the normalised values [.., width]
     */
    NDArray pullAffine(NDArray direction);

    /**
     * Pulls a direction back through the normalisation, with the scale frozen at that of a whole value.
     *
     * @param direction of the normalised values [.., width], float64
     * @param whole the norm's input [.., width]
     * @return of the input [.., width], float64
     */
    default NDArray pullNormalized(NDArray direction, NDArray whole) {
        return centred(direction).div(scale(whole.toType(DataType.FLOAT64, false)));
    }

    /**
     * Pulls a direction back through the whole norm, with the scale frozen at that of a whole value.
     *
     * @param direction of the norm's result [.., width], float64
     * @param whole the norm's input [.., width]
     * @return of the input [.., width], float64
     */
    default NDArray pull(NDArray direction, NDArray whole) {
        return pullNormalized(pullAffine(direction), whole);
    }

    /** The bias [width], which is added to any input; null for a norm without a bias. */
    @Nullable
    NDArray bias();

    /** Length of the axis that is normalised. */
    long width();

    /**
     * The contribution of a part of the input to the result, at the scale of the whole input. If the parts sum to the
     * input, their contributions sum to the result without its bias.
     *
     * @param part [.., n, width], as the result
     * @param whole [.., 1, width]
     */
    default NDArray contribution(NDArray part, NDArray whole) {
        return pullAffine(centred(part).div(scale(whole)));
    }
}
