package dev.headlight.web.analysis;

import dev.headlight.interp.intervene.Ablation;
import dev.headlight.interp.patching.CleanCorrupted;
import dev.headlight.interp.patching.SweepQuery;
import dev.headlight.interp.session.Input;
import dev.headlight.interp.session.Session;
import dev.headlight.model.fault.BadSelection;
import dev.headlight.web.AnalysisRequest;
import java.security.SecureRandom;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Fields of requests that patch between two runs. The runs are {@code clean} and {@code corrupted}, or {@code input} with and
 * without a change such as {@code ablation}.
 */
interface CleanCorruptedBody extends AnalysisRequest {
    long SEEDS = 1L << 53; // a random seed must be exact in JavaScript, too
    int MOST_STEPS = 100;
    int DEFAULT_STEPS = 5;
    SecureRandom RANDOM = new SecureRandom();

    @Nullable
    Input clean();

    @Nullable
    Input corrupted();

    @Nullable
    Input input();

    MetricBody metric();

    SweepQuery.@Nullable Direction direction();

    @Nullable
    Ablation ablation();

    @Nullable
    Long seed();

    @Nullable
    List<InterventionBody> interventions();

    @Override
    default List<Input> inputs() {
        return clean() == null
                ? List.of(Objects.requireNonNull(input()).requireOne())
                : List.of(
                        clean().requireOne(),
                        Objects.requireNonNull(corrupted()).requireOne());
    }

    @Override
    default int results() {
        return 1;
    }

    /**
     * Requires either {@code clean} and {@code corrupted}, or {@code input} with one of its companions.
     *
     * @param companions names of the fields that go with {@code input}, such as {@code ablation or noise}
     * @param given whether the request has one of them
     * @param defaultDirection direction if the request has none, which may be sent with {@code input} too
     * @throws BadSelection for a missing input, and for fields that exclude each other
     */
    default void requireInputs(String companions, boolean given, SweepQuery.Direction defaultDirection) {
        boolean two = clean() != null || corrupted() != null;
        if (two == (input() != null || given)) {
            throw new BadSelection(
                    "clean", "must be given with corrupted; or give input and " + companions + " instead, not both");
        }
        require("clean", two, clean());
        require("corrupted", two, corrupted());
        require("input", !two, input());
        if (!two && !given) {
            throw new BadSelection("ablation", "is missing: input needs " + companions);
        }
        if (!two && direction() != null && direction() != defaultDirection) {
            throw new BadSelection("direction", "applies to clean and corrupted, not to input");
        }
    }

    private static void require(String field, boolean required, @Nullable Input given) {
        if (required && given == null) {
            throw new BadSelection(field, "is required here");
        }
        if (given != null) {
            given.requireOne();
        }
    }

    @Override
    default boolean deterministic() {
        return seed() != null || ablation() != Ablation.RESAMPLE;
    }

    /** The seed of the request, or a random one. */
    default long seedOrRandom() {
        Long given = seed();
        return given == null ? RANDOM.nextLong(SEEDS) : given;
    }

    /**
     * Number of runs that gradients are averaged over; 1 without integrated gradients.
     *
     * @param integrated whether gradients are integrated between the two runs
     * @param given value of the field {@code steps}; null for 5
     * @throws BadSelection if it is not in 1..100, or is given without integrated gradients and is not the default
     */
    static int steps(boolean integrated, @Nullable Integer given) {
        int steps = Objects.requireNonNullElse(given, DEFAULT_STEPS);
        if (!integrated && steps != DEFAULT_STEPS) {
            throw new BadSelection("steps", steps, "applies to integrated gradients only");
        }
        if (steps < 1 || steps > MOST_STEPS) {
            throw new BadSelection("steps", steps, "must be 1.." + MOST_STEPS);
        }
        return integrated ? steps : 1;
    }

    /**
     * Reads the pair of runs, with its metric and interventions.
     *
     * @param defaultDirection direction if the request has none
     * @param seed from {@link #seedOrRandom}; the same for both models of a comparison
     */
    default CleanCorrupted cleanCorrupted(Session session, SweepQuery.Direction defaultDirection, long seed) {
        return new CleanCorrupted(
                metric().read("metric", session),
                Objects.requireNonNullElse(direction(), defaultDirection),
                ablation(),
                seed,
                InterventionBody.read(interventions(), session.model().hookPoints()),
                specialTokens());
    }
}
