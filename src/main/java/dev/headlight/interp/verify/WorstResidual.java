package dev.headlight.interp.verify;

import dev.headlight.interp.metric.Effect;
import dev.headlight.model.hook.HookName;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The largest violation of one identity so far, and where it occurred. NaN counts as larger than any number. */
public final class WorstResidual {
    private double residual = -1;
    private @Nullable HookName hook;
    private int input;

    /**
     * Adds the violations at one hook point.
     *
     * @param inputs the index in the request of each row
     * @param residuals the violation of each row
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

    /** The result, for a violation that may be at most {@code tolerance}. */
    Verification.Identity identity(double tolerance) {
        return new Verification.Identity(
                Effect.finite(residual), tolerance, Objects.requireNonNull(hook).toString(), input);
    }
}
