package dev.headlight.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.util.function.UnaryOperator;

/**
 * Operations with a number, through which gradients flow. DJL hands PyTorch a number as an array in memory of the JVM,
 * which may be gone when a backward pass asks for it: where something is differentiated, PyTorch gets a copy of its own.
 */
public final class Scalars {
    private Scalars() {}

    public static NDArray times(NDArray x, Number n) {
        return isTracked(x) ? with(x, n, x::mul) : x.mul(n);
    }

    public static NDArray timesInPlace(NDArray x, Number n) {
        return isTracked(x) ? with(x, n, x::muli) : x.muli(n);
    }

    public static NDArray over(NDArray x, Number n) {
        return isTracked(x) ? with(x, n, x::div) : x.div(n);
    }

    public static NDArray atLeast(NDArray x, Number n) {
        return isTracked(x) ? with(x, n, x::maximum) : x.maximum(n);
    }

    public static NDArray atMost(NDArray x, Number n) {
        return isTracked(x) ? with(x, n, x::minimum) : x.minimum(n);
    }

    private static boolean isTracked(NDArray x) {
        return x instanceof PtNDArray && JniUtils.isGradMode();
    }

    private static NDArray with(NDArray x, Number n, UnaryOperator<NDArray> operation) {
        try (NDArray number = Ops.own(x.getManager().create(n))) {
            return operation.apply(number);
        }
    }
}
