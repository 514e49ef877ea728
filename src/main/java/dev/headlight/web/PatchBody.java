package dev.headlight.web;

import dev.headlight.interp.Ablation;
import dev.headlight.interp.Grid;
import dev.headlight.interp.Input;
import dev.headlight.interp.Patch;
import dev.headlight.interp.Session;
import dev.headlight.model.BadSelection;
import dev.headlight.model.HookPoints;
import java.security.SecureRandom;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What requests have that patch values into a run: {@code clean} and {@code corrupted}, or {@code input} and {@code ablation}. */
interface PatchBody extends Replies.Request {
    long SEEDS = 1L << 53; // a seed that is chosen here is exact in JavaScript too
    SecureRandom RANDOM = new SecureRandom();

    @Nullable
    Input clean();

    @Nullable
    Input corrupted();

    @Nullable
    Input input();

    String hook();

    List<Grid.Axis> over();

    @Nullable
    List<Integer> layers();

    @Nullable
    List<Integer> positions();

    @Nullable
    List<Integer> heads();

    @Nullable
    List<Integer> neurons();

    MetricBody metric();

    Patch.@Nullable Direction direction();

    @Nullable
    Ablation ablation();

    @Nullable
    Long seed();

    @Nullable
    List<Change> interventions();

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
    default long seedOrAny() {
        Long given = seed();
        return given == null ? RANDOM.nextLong(SEEDS) : given;
    }

    /**
     * @param window how many layers are patched together
     * @param seed from {@link #seedOrAny}, one for both models of a comparison
     */
    default Patch patch(Session session, int window, long seed) {
        HookPoints points = session.model().hookPoints();
        return new Patch(
                new Grid.Query(hook(), over(), layers(), positions(), heads(), neurons(), window),
                metric().read("metric", session),
                direction() == null ? Patch.Direction.DENOISING : direction(),
                ablation(),
                seed,
                Change.read(interventions(), points),
                specialTokens());
    }
}
