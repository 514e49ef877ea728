package dev.headlight.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.util.function.UnaryOperator;

/**
 * Operations with a number that gradients flow through. DJL passes a number to PyTorch as an array in memory of the JVM,
 * which may be freed before a backward pass reads it. While gradients are recorded, PyTorch gets its own copy.
 */
public final class Scalars {
    private Scalars() {}

    /** x · n, elementwise, [..] to [..]. */
    public static NDArray times(NDArray x, Number n) {
        return isTracked(x) ? with(x, n, x::mul) : x.mul(n);
    }

    /** x · n, elementwise, [..] to [..]; changes {@code x}. */
    public static NDArray timesInPlace(NDArray x, Number n) {
        return isTracked(x) ? with(x, n, x::muli) : x.muli(n);
    }

    /** x / n, elementwise, [..] to [..]. */
    public static NDArray over(NDArray x, Number n) {
        return isTracked(x) ? with(x, n, x::div) : x.div(n);
    }

    /** max(x, n), elementwise, [..] to [..]. */
    public static NDArray atLeast(NDArray x, Number n) {
        return isTracked(x) ? with(x, n, x::maximum) : x.maximum(n);
    }

    /** min(x, n), elementwise, [..] to [..]. */
    public static NDArray atMost(NDArray x, Number n) {
        return isTracked(x) ? with(x, n, x::minimum) : x.minimum(n);
    }

    private static boolean isTracked(NDArray x) {
        return x instanceof PtNDArray && JniUtils.isGradMode();
    }

    private static NDArray with(NDArray x, Number n, UnaryOperator<NDArray> operation) {
        try (NDArray number = Ops.nativeCopy(x.getManager().create(n))) {
            return operation.apply(number);
        }
    }
}
