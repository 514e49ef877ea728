package dev.headlight.interp.intervene.action;

import ai.djl.ndarray.NDArray;
import dev.headlight.model.hook.Site;
import dev.headlight.tensor.Scalars;

/**
 * Multiplies the chosen values: {@code factor · x}.
 *
 * @param factor a finite number; 1 changes nothing
 */
@Described("Multiplies by `factor`.")
public record Scale(double factor) implements Action {
    @Override
    public NDArray edit(NDArray value, EditContext context) {
        return Scalars.times(value, factor);
    }

    @Override
    public boolean maySeeAhead(Site site) {
        return false; // a multiple of 0 is 0
    }
}
