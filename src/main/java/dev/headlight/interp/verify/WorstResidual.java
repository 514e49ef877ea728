package dev.headlight.interp.verify;

import dev.headlight.interp.metric.Effect;
import dev.headlight.model.hook.HookName;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The largest violation of one identity so far, and where it occurred. NaN counts as larger than any number. */
final class WorstResidual {
    private double residual = -1;
    private @Nullable HookName hook;
    private int input;

    /**
     * Takes the violations at one hook point into account.
     *
     * @param inputs for each row, the index of its input in the request
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

    /** The result, if a violation of at most {@code tolerance} is acceptable. */
    Verification.Identity identity(double tolerance) {
        return new Verification.Identity(
                Effect.finite(residual), tolerance, Objects.requireNonNull(hook).toString(), input);
    }
}
