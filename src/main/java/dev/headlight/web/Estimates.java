package dev.headlight.web;

import dev.headlight.interp.Cost;
import dev.headlight.interp.Estimate;
import dev.headlight.interp.Session;
import dev.headlight.interp.Verifier;
import dev.headlight.interp.Writing;
import dev.headlight.model.Admission;
import dev.headlight.model.Encoded;
import dev.headlight.model.HookedModel;
import dev.headlight.model.Models;
import dev.headlight.model.TooLarge;
import dev.headlight.tensor.Kept;
import dev.headlight.tensor.Ledger;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Plays requests through: for their admission, and for those that only ask what they would take. */
@Component
final class Estimates {
    private final Models models;
    private final HeadlightProperties.Limited limits;

    Estimates(Models models, HeadlightProperties properties) {
        this.models = models;
        this.limits = properties.limits();
    }

    /** @throws TooLarge for what the limits do not allow */
    static Cost cost(Session session, Plan<?> plan, AnalysisRequest request) {
        return cost(session, plan, session.encode(request.inputs(), request.specialTokens()), request.verify());
    }

    /** The same for inputs that are tokens already. */
    static Cost cost(Session session, Plan<?> plan, List<Encoded> inputs, boolean verify) {
        return session.rehearse(rehearsal -> {
            Verifier verifier = verify ? new Verifier(rehearsal, inputs) : null;
            plan.dryRun().accept(rehearsal, inputs);
            if (verifier != null) {
                verifier.verify();
            }
        });
    }

    /**
     * What a request would take. The model is loaded for it, where it is not yet; nothing is run, and no worker is held.
     *
     * @param id of the model; null for the default
     * @param writing of the form that the answer would have
     * @throws TooLarge for several times what the limits allow of inputs and tokens, and for a model that can never be loaded
     */
    Estimate of(AnalysisRequest request, @Nullable String id, Plan<?> plan, Writing writing) {
        try (Admission admission = models.admit(id, "model", model -> 0)) {
            HookedModel model = admission.model();
            Kept none = new Kept(new Ledger());
            Session session = new Session(model, limits.ofAnalysis(), none, writing);
            try {
                Cost cost = cost(session, plan, request);
                admission.requireRoom("input", cost.bytes());
                return Estimate.of(cost, model.provenance(List.of()), List.of());
            } catch (TooLarge e) {
                Session lifted = new Session(model, session.limits().lifted(), none, writing);
                return Estimate.of(
                        cost(lifted, plan, request),
                        model.provenance(List.of()),
                        List.of("does not fit: " + e.field() + ": " + e.getMessage()));
            }
        }
    }
}
