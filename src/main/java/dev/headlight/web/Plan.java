package dev.headlight.web;

import dev.headlight.interp.Session;
import dev.headlight.model.Encoded;
import dev.headlight.model.HookedModel;
import dev.headlight.render.Drawing;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * How a request is computed on a model.
 *
 * @param tensorsPerResult how many tensors the answer has for each of its results
 * @param dryRun all of the computation that makes arrays; it runs on arrays without values, to find the cost
 * @param compute the computation
 */
record Plan<A>(
        int tensorsPerResult,
        BiConsumer<Session, List<Encoded>> dryRun,
        BiFunction<Session, List<Encoded>, A> compute) {

    /** A plan whose dry run is the computation itself. */
    static <A> Plan<A> of(int tensorsPerResult, BiFunction<Session, List<Encoded>, A> compute) {
        return new Plan<>(tensorsPerResult, compute::apply, compute);
    }

    /** A plan with a dry run of its own, for a computation that must read values. */
    static <A> Plan<A> of(
            int tensorsPerResult,
            BiConsumer<Session, List<Encoded>> dryRun,
            BiFunction<Session, List<Encoded>, A> compute) {
        return new Plan<>(tensorsPerResult, dryRun, compute);
    }

    /** Makes the plan of a request once the model is loaded, and refuses what the model does not have. */
    interface Planner<A> {
        /** @throws dev.headlight.model.BadSelection for what the model does not have */
        Plan<A> on(HookedModel model);
    }

    /** Draws an answer, or the difference of two. */
    interface Picture<A> {
        /**
         * The picture of an answer.
         *
         * @param other the compared model, where the answer holds its values minus those of the answer's model; null for none
         */
        Drawing draw(A answer, @Nullable String other);
    }
}
