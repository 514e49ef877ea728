package dev.headlight.interp.intervene.action;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import dev.headlight.model.hook.Capture;
import dev.headlight.tensor.Ops;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What an action may use to edit the values of one batch.
 *
 * @param run the unmodified run of the batch; it holds the hook points of actions that need it
 * @param others values that the action takes from other inputs, [1, positions, axes of the site]; null for none
 */
public record EditContext(
        ActionTarget target, Capture run, @Nullable NDArray others) {
    /** The chosen slice. */
    HookSlice slice() {
        return target.slice();
    }

    /** The hook point's value in the unmodified run of the batch: [batch, axes of the site]. */
    NDArray original() {
        return run.value(target.hook());
    }

    /** The values from other inputs, of an action that takes some: [1, positions, axes of the site]. */
    NDArray fromOthers() {
        return Objects.requireNonNull(others);
    }

    /**
     * Broadcasts values to the shape of the value that they replace.
     *
     * @param values [1 or batch, axes of the site], of 1 position or of all
     */
    NDArray spread(NDArray values, NDArray value) {
        return Ops.expand(slice().ofLast(values, value), value.getShape());
    }

    /** Numbers as an array that stands for every row of the batch: [1, {@code shape}]. */
    static NDArray forEveryRow(NDArray like, float[] numbers, long... shape) {
        return Ops.nativeCopy(like.getManager().create(numbers, new Shape(shape)))
                .expandDims(0);
    }
}
