package dev.headlight.interp.intervene.action;

import ai.djl.ndarray.NDArray;
import java.util.List;

/**
 * Activation steering: adds a vector, {@code x + coefficient · vector}, at every chosen position and head.
 *
 * @param vector as long as the hook's last axis, or as the chosen neurons
 * @param coefficient 1 by default
 * @see <a href="https://arxiv.org/abs/2308.10248">Turner et al., 2023, for activation addition</a>
 */
@Described("Adds `coefficient` times `vector`.")
public record Add(
        @Described("As long as the hook's last axis, or as `neurons`.")
        List<Double> vector,

        @Described(defaultValue = 1) double coefficient)
        implements Action {

    @Override
    public void check(ActionTarget target) {
        target.requireVector(vector);
    }

    @Override
    public NDArray edit(NDArray value, EditContext context) {
        HookSlice slice = context.slice();
        double[] whole = slice.onLastAxis(vector);
        float[] added = new float[whole.length];
        for (int i = 0; i < added.length; i++) {
            added[i] = (float) (coefficient * whole[i]);
        }
        return value.add(EditContext.forEveryRow(value, added, slice.lastAxisSize()));
    }
}
