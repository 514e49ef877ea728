package dev.headlight.web;

import dev.headlight.interp.session.AnalysisAnswer;
import dev.headlight.interp.session.Cost;
import dev.headlight.interp.session.Session;
import dev.headlight.interp.verify.Verification;
import dev.headlight.interp.verify.Verifier;
import dev.headlight.model.store.Admission;
import dev.headlight.model.text.Encoded;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A request that is ready to run on one loaded model: its inputs are tokens, its query is built, and its cost is known. It
 * is made once, to be admitted, and then runs; it holds no arrays before.
 *
 * @param verifier measures what must hold of every run; null where that was not asked for
 * @param bytes native memory that admission reserves for it
 */
record PreparedRun<A extends AnalysisAnswer>(
        Session session,
        List<Encoded> inputs,
        Plan.Ready<A> analysis,
        @Nullable Verifier verifier,
        Cost cost,
        long bytes)
        implements Admission.Prepared {
    /**
     * Encodes the inputs of a request, and prepares it.
     *
     * @throws dev.headlight.model.fault.BadSelection for inputs and fields that the model rules out
     * @throws dev.headlight.model.fault.TooLarge for what the limits do not allow
     */
    static <A extends AnalysisAnswer> PreparedRun<A> of(Session session, Plan<A> plan, AnalysisRequest request) {
        return of(session, plan, session.encode(request.inputs(), request.specialTokens()), request.verify());
    }

    /** The same for inputs that are tokens already. */
    static <A extends AnalysisAnswer> PreparedRun<A> of(
            Session session, Plan<A> plan, List<Encoded> inputs, boolean verify) {
        Verifier verifier = verify ? new Verifier(session, inputs) : null; // refuses before the query does
        Plan.Ready<A> analysis = plan.prepare().apply(session);
        Cost cost = session.dryRun(dry -> {
            analysis.dryRun().accept(dry, inputs);
            if (verify) {
                new Verifier(dry, inputs).verify();
            }
        });
        return new PreparedRun<>(session, inputs, analysis, verifier, cost, cost.bytes());
    }

    /** The same with memory for more than the run itself, in bytes. */
    PreparedRun<A> with(long more) {
        return new PreparedRun<>(session, inputs, analysis, verifier, cost, bytes + more);
    }

    /** Runs the analysis. */
    A compute() {
        return analysis.compute().apply(session, inputs);
    }

    /** Measures what must hold of every run; null where that was not asked for. */
    @Nullable
    Verification verify() {
        return verifier == null ? null : verifier.verify();
    }
}
