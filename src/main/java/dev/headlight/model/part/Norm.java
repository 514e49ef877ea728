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
}
