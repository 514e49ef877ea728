package dev.headlight.interp;

import org.jspecify.annotations.Nullable;

/**
 * What the interventions did to the prediction at one position.
 *
 * @param klDivergence of the original next-token distribution from the modified one, original ‖ modified, in nats; null
 *     where it is not finite
 * @param logitDifference null where no answer was named
 */
public record Effect(
        @Nullable Double klDivergence, @Nullable LogitDifference logitDifference) {
    /**
     * The logit of the answer minus that of the foil; the answer's own where there is no foil.
     *
     * @param change modified - original
     */
    public record LogitDifference(
            @Nullable Double original,
            @Nullable Double modified,
            @Nullable Double change) {
        static LogitDifference of(double original, double modified) {
            return new LogitDifference(finite(original), finite(modified), finite(modified - original));
        }
    }

    static @Nullable Double finite(double value) {
        return Double.isFinite(value) ? value : null;
    }
}
