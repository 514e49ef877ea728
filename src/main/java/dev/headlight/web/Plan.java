package dev.headlight.web;

import dev.headlight.interp.session.Session;
import dev.headlight.model.HookedModel;
import dev.headlight.model.text.Encoded;
import dev.headlight.render.Drawing;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * How a request is computed on a model.
 *
 * @param tensorsPerResult how many tensors the answer has for each of its results
 * @param prepare builds the query of the request, once; what it returns holds no arrays
 */
public record Plan<A>(int tensorsPerResult, Function<Session, Ready<A>> prepare) {
    /**
     * An analysis with its query, ready for the dry run and then for the run.
     *
     * @param dryRun all of the computation that makes arrays; it runs on arrays without values, to find the cost
     * @param compute the computation
     */
    record Ready<A>(BiConsumer<Session, List<Encoded>> dryRun, BiFunction<Session, List<Encoded>, A> compute) {}

    /** Computes an answer. */
    public interface Computation<Q, A> {
        /** The answer to a query on these inputs. */
        A compute(Session session, List<Encoded> inputs, Q query);
    }

    /** Makes the arrays of a computation, and no answer. */
    public interface DryRun<Q> {
        /** Makes all arrays that the computation makes, none of which has values. */
        void run(Session session, List<Encoded> inputs, Q query);
    }

    /** A plan without a query, or whose query needs no model. */
    public static <A> Plan<A> of(int tensorsPerResult, BiFunction<Session, List<Encoded>, A> compute) {
        return of(tensorsPerResult, session -> compute, (session, inputs, query) -> query.apply(session, inputs));
    }

    /**
     * A plan whose dry run is the computation itself.
     *
     * @param query builds the query; it is called once for each model, before the dry run, and its result holds no arrays
     */
    public static <Q, A> Plan<A> of(int tensorsPerResult, Function<Session, Q> query, Computation<Q, A> compute) {
        return of(tensorsPerResult, query, compute::compute, compute);
    }

    /** A plan with a dry run of its own, for a computation that must read values. */
    public static <Q, A> Plan<A> of(
            int tensorsPerResult, Function<Session, Q> query, DryRun<Q> dryRun, Computation<Q, A> compute) {
        return new Plan<>(tensorsPerResult, session -> {
            Q built = query.apply(session);
            return new Ready<>(
                    (dry, inputs) -> dryRun.run(dry, inputs, built),
                    (real, inputs) -> compute.compute(real, inputs, built));
        });
    }

    /** Makes the plan of a request once the model is loaded, and refuses what the model does not have. */
    public interface Planner<A> {
        /** @throws dev.headlight.model.fault.BadSelection for what the model does not have */
        Plan<A> on(HookedModel model);
    }

    /** Draws an answer, or the difference of two. */
    public interface Picture<A> {
        /**
         * The picture of an answer.
         *
         * @param other the compared model, where the answer holds its values minus those of the answer's model; null for none
         */
        Drawing draw(A answer, @Nullable String other);
    }
}
