package dev.headlight.interp.metric;

import dev.headlight.interp.session.Selection;
import dev.headlight.model.fault.BadSelection;
import dev.headlight.tensor.Wire;
import org.jspecify.annotations.Nullable;

/**
 * A number read from one run, such as a logit difference.
 *
 * @param type what the number is
 * @param answer token id; null if the type has none
 * @param foil token id that the answer is compared with; null if the type has none
 * @param position where it is read; negative counts from the end; null for the default, see {@link Selection#measured};
 *     a loss ignores it
 */
public record Metric(
        Type type,
        @Nullable Integer answer,
        @Nullable Integer foil,
        @Nullable Integer position) {
    /** What the number is. */
    public enum Type {
        /** The logit of the answer minus that of the foil. */
        LOGIT_DIFFERENCE,
        /** The logit of the answer. */
        LOGIT,
        /** The log-probability of the answer, in nats. */
        LOG_PROBABILITY,
        /** KL(base run ‖ this run) of the next-token distributions, in nats. */
        KL_DIVERGENCE,
        /** Mean next-token cross-entropy over the input, in nats. */
        LOSS;

        /** The name in requests and answers. */
        @Override
        public String toString() {
            return Wire.name(this);
        }

        private boolean hasAnswer() {
            return this == LOGIT_DIFFERENCE || this == LOGIT || this == LOG_PROBABILITY;
        }
    }

    /**
     * Checks that a metric has exactly the fields that its type uses.
     *
     * @param field path of the metric in the request
     * @param position null for the default
     * @throws BadSelection if a field is missing, or one is given that the type does not use
     */
    public static Metric of(
            String field, Type type, @Nullable Integer answer, @Nullable Integer foil, @Nullable Integer position) {
        check(field + ".answer", type, type.hasAnswer(), answer);
        check(field + ".foil", type, type == Type.LOGIT_DIFFERENCE, foil);
        if (type == Type.LOSS && position != null) {
            throw new BadSelection(field + ".position", "does not apply to loss, which is over the whole input");
        }
        return new Metric(type, answer, foil, position);
    }

    private static void check(String field, Type type, boolean has, @Nullable Integer given) {
        if (has && given == null) {
            throw new BadSelection(field, "is required for " + type);
        }
        if (!has && given != null) {
            throw new BadSelection(field, "does not apply to " + type);
        }
    }
}
