package dev.headlight.model.part;

import ai.djl.ndarray.NDArray;
import dev.headlight.tensor.Ops;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.UnaryOperator;

/**
 * Views of one weight for one computation. Closing this closes them.
 *
 * <p>A view belongs to the memory manager of the weight, not to that of the request. If it is not closed, it leaks until
 * the model is unloaded.
 */
final class WeightViews implements AutoCloseable {
    private final NDArray weight;
    private final Deque<NDArray> views = new ArrayDeque<>();

    /**
     * @param weight any shape
     * @param like an array of the computation (any shape): a dry run gets a weight without values
     */
    WeightViews(NDArray weight, NDArray like) {
        this.weight = Ops.weightFor(like, weight);
    }

    /**
     * Makes a view.
     *
     * @param view maps the weight to a view of it (any shape), which this closes
     */
    NDArray of(UnaryOperator<NDArray> view) {
        NDArray result = view.apply(weight);
        views.push(result);
        return result;
    }

    /** All of a weight (any shape), as a view of the same shape. */
    static NDArray whole(NDArray weight) {
        return Ops.slice(weight, 0, 0, weight.getShape().get(0));
    }

    @Override
    public void close() {
        views.forEach(NDArray::close); // the latest first
    }
}
