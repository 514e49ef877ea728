package dev.headlight.interp.intervene.action;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import dev.headlight.model.hook.Capture;
import dev.headlight.tensor.Ops;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What an action needs, besides the value, to edit one batch.
 *
 * @param originalRun the unmodified run of the batch; it holds the hook points of actions that need it
 * @param sourceValues values of the action's source or reference, {@code [1, positions, axes of the site]}; null for
 *     neither
 */
public record EditContext(
        ActionTarget target, Capture originalRun, @Nullable NDArray sourceValues) {
    /** The chosen slice. */
    HookSlice slice() {
        return target.slice();
    }

    /** The hook point's value in the unmodified run of the batch: {@code [batch, axes of the site]}. */
    NDArray original() {
        return originalRun.value(target.hook());
    }

    /** The values of the source or reference of an action that has one: {@code [1, positions, axes of the site]}. */
    NDArray requiredSourceValues() {
        return Objects.requireNonNull(sourceValues);
    }

    /**
     * Broadcasts values to the shape of the value that they replace.
     *
     * @param values {@code [1 or batch, axes of the site]}, of 1 position or of all
     * @return {@code [batch, axes of the site]}, at the positions of {@code value}
     */
    NDArray broadcast(NDArray values, NDArray value) {
        return Ops.expand(slice().atPositionsOf(values, value), value.getShape());
    }

    /** Creates an array that is the same for every row of the batch: {@code [1, shape]}. */
    static NDArray forEveryRow(NDArray like, float[] numbers, long... shape) {
        return Ops.nativeCopy(like.getManager().create(numbers, new Shape(shape)))
                .expandDims(0);
    }
}
