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
 * A request that is ready to run on one loaded model: its inputs are encoded, its query is built, and a dry run has
 * found its cost. It is prepared once, before admission, and holds no arrays until it runs.
 *
 * @param verifier checks the identities that hold in every run; null if not requested
 * @param bytes native memory that admission reserves
 */
record PreparedAnalysis<A extends AnalysisAnswer>(
        Session session,
        List<Encoded> inputs,
        Plan.Ready<A> analysis,
        @Nullable Verifier verifier,
        Cost cost,
        long bytes)
        implements Admission.Prepared {
    /**
     * Prepares a request: encodes its inputs, builds its query and finds its cost.
     *
     * @throws dev.headlight.model.fault.BadSelection for inputs and fields that do not fit the model
     * @throws dev.headlight.model.fault.TooLarge if the request exceeds a limit
     */
    static <A extends AnalysisAnswer> PreparedAnalysis<A> of(Session session, Plan<A> plan, AnalysisRequest request) {
        return of(session, plan, session.encode(request.inputs(), request.specialTokens()), request.verify());
    }

    /** Prepares a request whose inputs are encoded already. */
    static <A extends AnalysisAnswer> PreparedAnalysis<A> of(
            Session session, Plan<A> plan, List<Encoded> inputs, boolean verify) {
        Verifier verifier = verify ? new Verifier(session, inputs) : null; // its errors come before those of the query
        Plan.Ready<A> analysis = plan.prepare().apply(session);
        Cost cost = session.dryRun(dry -> {
            analysis.dryRun().accept(dry, inputs);
            if (verify) {
                new Verifier(dry, inputs).verify();
            }
        });
        return new PreparedAnalysis<>(session, inputs, analysis, verifier, cost, cost.bytes());
    }

    /** The same run with more reserved memory. */
    PreparedAnalysis<A> withExtraBytes(long extra) {
        return new PreparedAnalysis<>(session, inputs, analysis, verifier, cost, bytes + extra);
    }

    /** Runs the analysis. */
    A compute() {
        return analysis.compute().apply(session, inputs);
    }

    /** Checks the identities that hold in every run; null if not requested. */
    @Nullable
    Verification verify() {
        return verifier == null ? null : verifier.verify();
    }
}
