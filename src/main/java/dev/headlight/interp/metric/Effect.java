package dev.headlight.interp.metric;

import org.jspecify.annotations.Nullable;

/**
 * How the interventions changed the prediction at one position.
 *
 * @param klDivergence KL(original ‖ modified) of the next-token distributions, in nats; null if it is not finite
 * @param logitDifference null if the request names no answer
 */
public record Effect(
        @Nullable Double klDivergence, @Nullable LogitDifference logitDifference) {
    /**
     * The logit of the answer minus that of the foil, or the answer's logit if there is no foil.
     *
     * @param original its value in the unmodified run; null if it is not finite
     * @param modified its value in the modified run; null if it is not finite
     * @param change modified minus original; null if it is not finite
     */
    public record LogitDifference(
            @Nullable Double original,
            @Nullable Double modified,
            @Nullable Double change) {
        /** The effect of a change from {@code original} to {@code modified}, in logits. */
        public static LogitDifference of(double original, double modified) {
            return new LogitDifference(finite(original), finite(modified), finite(modified - original));
        }
    }

    /** The value itself, or null for NaN and infinities, which JSON cannot hold. */
    public static @Nullable Double finite(double value) {
        return Double.isFinite(value) ? value : null;
    }
}
