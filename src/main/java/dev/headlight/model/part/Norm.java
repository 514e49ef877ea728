package dev.headlight.model.part;

import ai.djl.ndarray.NDArray;

/** What stands before or behind a layer and rescales the last axis. */
public interface Norm {
    /** The values before gain and bias. */
    NDArray normalized(NDArray x);

    /** Gain and bias alone. */
    NDArray affine(NDArray normalized);

    default NDArray apply(NDArray x) {
        return affine(normalized(x));
    }

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
