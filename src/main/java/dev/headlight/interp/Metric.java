package dev.headlight.interp;

import dev.headlight.model.BadSelection;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The number that a run is judged by.
 *
 * @param answer token id; null where the type has none, as for the foil
 * @param position at which it is read, negative from the end; a loss is read over all
 */
public record Metric(
        Type type, @Nullable Integer answer, @Nullable Integer foil, int position) {
    public enum Type {
        /** The logit of the answer minus that of the foil. */
        LOGIT_DIFFERENCE,
        /** The logit of the answer. */
        LOGIT,
        /** The logarithm of the answer's probability, in nats. */
        LOG_PROBABILITY,
        /** KL(unpatched run ‖ this run) of the next-token distributions, in nats. */
        KL_DIVERGENCE,
        /** Mean next-token cross-entropy over the input, in nats. */
        LOSS;

        /** As on the wire. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }

        private boolean hasAnswer() {
            return this == LOGIT_DIFFERENCE || this == LOGIT || this == LOG_PROBABILITY;
        }
    }

    /**
     * @param field path of the metric in the request
     * @param position null for the last
     * @throws BadSelection for what the type needs and is not there, and for what it does not have
     */
    public static Metric of(
            String field, Type type, @Nullable Integer answer, @Nullable Integer foil, @Nullable Integer position) {
        check(field + ".answer", type, type.hasAnswer(), answer);
        check(field + ".foil", type, type == Type.LOGIT_DIFFERENCE, foil);
        if (type == Type.LOSS && position != null) {
            throw new BadSelection(field + ".position", "does not apply to loss, which is over the whole input");
        }
        return new Metric(type, answer, foil, position == null ? -1 : position);
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
