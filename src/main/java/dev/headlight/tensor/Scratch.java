package dev.headlight.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDScope;
import java.util.function.Supplier;

/**
 * Frees intermediate arrays early, before the memory manager that owns them is closed.
 *
 * <p>{@link #run}, {@link #read}, {@link #only} and {@link #keep(Supplier)} open a scope for some work and free every
 * array that was made in it. They differ in what survives: nothing, a value on the heap, one array for the surrounding
 * scope, or one array for its manager.
 */
public final class Scratch {
    private Scratch() {}

    /** Runs work and frees every array that it made, except those that it {@linkplain #keep(NDArray) kept}. */
    public static void run(Runnable work) {
        try (NDScope scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            work.run();
        }
    }

    /**
     * Computes a value that is not an array, such as numbers on the heap, and frees every array made on the way.
     *
     * @param work computes the value; an array inside it must be {@linkplain #keep(NDArray) kept} by the work itself
     */
    public static <T> T read(Supplier<T> work) {
        try (NDScope scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            return work.get();
        }
    }

    /**
     * Computes an array and frees all others made on the way. The result belongs to the surrounding scope, if there is
     * one.
     *
     * @param work computes the array [..], which nothing else may hold
     */
    public static NDArray only(Supplier<NDArray> work) {
        NDArray result = keep(work);
        NDScope.register(result);
        return result;
    }

    /**
     * Computes an array and frees all others made on the way. The result outlives the surrounding scope too: its manager
     * owns it.
     *
     * @param work computes the array [..], or returns one of the surrounding scope
     */
    public static NDArray keep(Supplier<NDArray> work) {
        NDArray result;
        try (NDScope scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            result = keep(work.get());
        }
        return keep(result);
    }

    /** Lets an array [..] outlive the innermost open scope, such as that of the running block: its manager owns it. */
    public static NDArray keep(NDArray array) {
        NDScope.unregister(array);
        return array;
    }
}
