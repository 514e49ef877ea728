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

/** What requests have that compare two runs: {@code clean} and {@code corrupted}, or {@code input} and {@code ablation}. */
interface CleanCorruptedBody extends AnalysisRequest {
    long SEEDS = 1L << 53; // a seed that is chosen here is exact in JavaScript too
    int MOST_STEPS = 100;
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
     * Whether the request's inputs go together.
     *
     * @param alone name of the field that goes with {@code input}, in words
     * @param given whether it is there
     * @throws BadSelection for a missing input, and for what does not go together
     */
    default void requireInputs(String alone, boolean given) {
        boolean two = clean() != null || corrupted() != null;
        if (two == (input() != null || given)) {
            throw new BadSelection(
                    "clean", "and corrupted are required, or input and " + alone + "; the two ways exclude each other");
        }
        require("clean", two, clean());
        require("corrupted", two, corrupted());
        require("input", !two, input());
        if (!two && !given) {
            throw new BadSelection("ablation", "is required where input is given: " + alone);
        }
        if (!two && direction() != null) {
            throw new BadSelection("direction", "is between clean and corrupted, and does not apply to input");
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

    /** The seed of what is drawn: that of the request, or one that is chosen here. */
    default long seedOrRandom() {
        Long given = seed();
        return given == null ? RANDOM.nextLong(SEEDS) : given;
    }

    /**
     * How many runs gradients are averaged over.
     *
     * @param between whether they lie between the two runs, and are not those of one alone
     * @param given null for 5
     * @throws BadSelection for none, too many, and where there are none to choose
     */
    static int steps(boolean between, @Nullable Integer given) {
        if (!between && given != null) {
            throw new BadSelection("steps", given, "applies to integrated gradients only");
        }
        int steps = !between ? 1 : Objects.requireNonNullElse(given, 5);
        if (steps < 1 || steps > MOST_STEPS) {
            throw new BadSelection("steps", steps, "must be 1.." + MOST_STEPS);
        }
        return steps;
    }

    /**
     * The two runs, for an analysis of all that lies between them.
     *
     * @param other direction where the request gives none
     * @param seed from {@link #seedOrRandom}, one for both models of a comparison
     */
    default CleanCorrupted cleanCorrupted(Session session, SweepQuery.Direction other, long seed) {
        return new CleanCorrupted(
                metric().read("metric", session),
                Objects.requireNonNullElse(direction(), other),
                ablation(),
                seed,
                InterventionBody.read(interventions(), session.model().hookPoints()),
                specialTokens());
    }
}
