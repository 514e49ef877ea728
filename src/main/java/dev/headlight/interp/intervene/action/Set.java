package dev.headlight.interp.intervene.action;

import ai.djl.ndarray.NDArray;

/**
 * Sets the chosen values to one number.
 *
 * @param value a finite number
 */
@Described("Sets to one value.")
public record Set(double value) implements Action {
    @Override
    public NDArray edit(NDArray before, EditContext context) {
        return before.zerosLike().add(value);
    }
}
