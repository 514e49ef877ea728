package dev.headlight.web;

import dev.headlight.interp.session.AnalysisAnswer;
import dev.headlight.interp.session.Cost;
import dev.headlight.interp.session.CostEstimate;
import dev.headlight.interp.session.Session;
import dev.headlight.interp.session.WireSize;
import dev.headlight.model.HookedModel;
import dev.headlight.model.fault.TooLarge;
import dev.headlight.model.store.Admission;
import dev.headlight.model.store.Models;
import dev.headlight.tensor.AnswerMemory;
import dev.headlight.tensor.CostCounter;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Answers dry runs: what a request would take. */
@Component
final class DryRuns {
    private final Models models;
    private final HeadlightProperties.Limited limits;

    DryRuns(Models models, HeadlightProperties properties) {
        this.models = models;
        this.limits = properties.limits();
    }

    /**
     * The cost of a request on one model. The model is loaded for it, where it is not yet; nothing is run, and no worker is
     * held.
     *
     * @param id of the model; null for the default
     * @param writing of the form that the answer would have
     * @throws TooLarge for several times what the limits allow of inputs and tokens, and for a model that can never be loaded
     */
    <A extends AnalysisAnswer> CostEstimate of(
            AnalysisRequest request, @Nullable String id, Plan<A> plan, WireSize writing) {
        try (Admission<?> admission = models.admit(id, "model")) {
            HookedModel model = admission.model();
            Session session = new Session(model, limits.ofAnalysis(), new AnswerMemory(new CostCounter()), writing);
            Plan<A> once = preparedOnce(plan);
            try {
                Cost cost = PreparedRun.of(session, once, request).cost();
                admission.requireRoom("input", cost.bytes());
                return CostEstimate.of(cost, model.provenance(List.of()), List.of());
            } catch (TooLarge e) {
                return CostEstimate.of(
                        PreparedRun.of(session.withDryRunLimits(), once, request)
                                .cost(),
                        model.provenance(List.of()),
                        List.of("does not fit: " + e.field() + ": " + e.getMessage()));
            }
        }
    }

    /** A plan that keeps the query that it built: a request that does not fit is dry-run twice. */
    private static <A> Plan<A> preparedOnce(Plan<A> plan) {
        AtomicReference<Plan.@Nullable Ready<A>> built = new AtomicReference<>();
        return new Plan<>(plan.tensorsPerResult(), session -> {
            Plan.Ready<A> ready = built.get();
            if (ready == null) {
                ready = plan.prepare().apply(session);
                built.set(ready);
            }
            return ready;
        });
    }
}
