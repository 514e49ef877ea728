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
 * The computation of a request on one model.
 *
 * @param tensorsPerResult number of tensors in each result of the answer
 * @param prepare builds the query of the request, once; its result holds no arrays
 */
public record Plan<A>(int tensorsPerResult, Function<Session, Ready<A>> prepare) {
    /**
     * An analysis whose query has been built, ready for the dry run and then the run.
     *
     * @param dryRun creates all arrays of the computation, on arrays without values, to find the cost
     * @param compute the computation
     */
    record Ready<A>(BiConsumer<Session, List<Encoded>> dryRun, BiFunction<Session, List<Encoded>, A> compute) {}

    /** Computes an answer. */
    public interface Computation<Q, A> {
        /** The answer to a query on these inputs. */
        A compute(Session session, List<Encoded> inputs, Q query);
    }

    /** The part of a computation that creates arrays. It finds the cost and returns no answer. */
    public interface DryRun<Q> {
        /** Creates all arrays that the computation creates; they have shapes but no values. */
        void run(Session session, List<Encoded> inputs, Q query);
    }

    /** A plan of an analysis without a query. */
    public static <A> Plan<A> of(int tensorsPerResult, BiFunction<Session, List<Encoded>, A> compute) {
        return of(tensorsPerResult, session -> compute, (session, inputs, query) -> query.apply(session, inputs));
    }

    /**
     * A plan whose dry run is the computation itself.
     *
     * @param query builds the query, once for each model and before the dry run; its result holds no arrays
     */
    public static <Q, A> Plan<A> of(int tensorsPerResult, Function<Session, Q> query, Computation<Q, A> compute) {
        return of(tensorsPerResult, query, compute::compute, compute);
    }

    /** A plan with a separate dry run, for a computation that must read values. */
    public static <Q, A> Plan<A> of(
            int tensorsPerResult, Function<Session, Q> query, DryRun<Q> dryRun, Computation<Q, A> compute) {
        return new Plan<>(tensorsPerResult, session -> {
            Q built = query.apply(session);
            return new Ready<>(
                    (dry, inputs) -> dryRun.run(dry, inputs, built),
                    (real, inputs) -> compute.compute(real, inputs, built));
        });
    }

    /** Plans a request when its model is loaded. */
    public interface Planner<A> {
        /**
         * The plan of the request on this model.
         *
         * @throws dev.headlight.model.fault.BadSelection if the request names a part that the model lacks
         */
        Plan<A> on(HookedModel model);
    }

    /** Draws an answer, or the difference of two answers. */
    public interface Picture<A> {
        /**
         * The picture of an answer.
         *
         * @param other id of the compared model if the answer holds differences (that model minus the request's model); otherwise null
         */
        Drawing draw(A answer, @Nullable String other);
    }
}
