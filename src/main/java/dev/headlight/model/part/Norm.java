package dev.headlight.model.part;

import ai.djl.ndarray.NDArray;
import org.jspecify.annotations.Nullable;

/** What stands before or behind a layer and rescales the last axis. */
public interface Norm {
    /** The values before gain and bias. */
    NDArray normalized(NDArray x);

    /** Gain and bias alone. */
    NDArray affine(NDArray normalized);

    default NDArray apply(NDArray x) {
        return affine(normalized(x));
    }

    /**
     * Which direction of the values before gain and bias is this one of those behind them.
     *
     * @param direction (…, width)
     */
    NDArray pullAffine(NDArray direction);

    /**
     * Which direction of the input is this one of the normalised values, the scale being frozen at that of the whole.
     *
     * @param direction (…, width), float64
     * @param whole the input, of the same shape
     */
    NDArray pullNormalized(NDArray direction, NDArray whole);

    /** What normalising makes of it but for the scale. */
    default NDArray centred(NDArray x) {
        return x;
    }

    default NDArray pull(NDArray direction, NDArray whole) {
        return pullNormalized(pullAffine(direction), whole);
    }

    /** What is added to whatever comes in; null where nothing is. */
    @Nullable
    NDArray bias();

    /** Length of the axis that is normalised. */
    long width();

    /**
     * What of the result comes from a part of the input, at the scale that the whole has; the parts of a sum give parts of
     * the result, but for a bias.
     *
     * @param part (…, n, width)
     * @param whole (…, 1, width)
     */
    NDArray share(NDArray part, NDArray whole);
}
