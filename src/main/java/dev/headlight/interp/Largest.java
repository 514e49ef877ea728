package dev.headlight.interp;

import dev.headlight.model.HookName;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The largest residual of one identity so far, and where it was; NaN is larger than any number. */
final class Largest {
    private double residual = -1;
    private @Nullable HookName hook;
    private int input;

    /**
     * @param inputs place in the request of each row
     * @param residuals of each row
     */
    void add(HookName hook, List<Integer> inputs, double[] residuals) {
        for (int row = 0; row < residuals.length; row++) {
            if (Double.compare(residuals[row], residual) > 0) {
                this.residual = residuals[row];
                this.hook = hook;
                this.input = inputs.get(row);
            }
        }
    }

    /** What was found, where it may be at most {@code tolerance}. */
    Verification.Identity found(double tolerance) {
        return new Verification.Identity(
                Effect.finite(residual), tolerance, Objects.requireNonNull(hook).toString(), input);
    }
}
