package dev.headlight.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDScope;
import java.util.function.Supplier;

/** Frees early what is needed only for a while. */
public final class Scratch {
    private Scratch() {}

    /**
     * An array alone: all others that are made on the way to it are freed, but for those that the work took out of the
     * scope.
     *
     * @param work makes the array, and hands it to nobody else
     */
    public static NDArray only(Supplier<NDArray> work) {
        NDArray result;
        try (NDScope scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            result = work.get();
            NDScope.unregister(result);
        }
        NDScope.register(result); // in the scope around, if there is one
        return result;
    }
}
