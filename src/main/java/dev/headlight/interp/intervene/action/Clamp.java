package dev.headlight.interp.intervene.action;

import ai.djl.ndarray.NDArray;
import dev.headlight.model.fault.BadSelection;
import dev.headlight.tensor.Scalars;
import org.jspecify.annotations.Nullable;

/**
 * Bounds the chosen values: {@code min(max(x, min), max)}.
 *
 * @param min null for no lower bound
 * @param max null for no upper bound
 */
@Described("Bounds the values. At least one of `min` and `max` is required.")
public record Clamp(
        @Described("At most `max`.") @Nullable Double min,
        @Nullable Double max) implements Action {

    /** @throws BadSelection without any bound, or with bounds in the wrong order */
    public Clamp {
        if (min == null && max == null) {
            throw new BadSelection("min", "is required where max is not given");
        }
        if (min != null && max != null && min > max) {
            throw new BadSelection("min", min, "must be at most max, which is " + max);
        }
    }

    @Override
    public NDArray edit(NDArray value, EditContext context) {
        NDArray above = min == null ? value : Scalars.atLeast(value, min.floatValue());
        return max == null ? above : Scalars.atMost(above, max.floatValue());
    }
}
