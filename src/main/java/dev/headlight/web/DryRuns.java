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

/** Estimates the cost of requests by a dry run: {@code Session.dryRun} executes it, {@link CostCounter} counts. */
@Component
final class DryRuns {
    private final Models models;
    private final HeadlightProperties.RequestLimits limits;

    DryRuns(Models models, HeadlightProperties properties) {
        this.models = models;
        this.limits = properties.limits();
    }

    /**
     * Estimates the cost of a request on one model. Loads the model if necessary, runs nothing and occupies no worker.
     *
     * @param id id of the model; null for the default model
     * @param size size of values in the format that the answer would have
     * @throws TooLarge if the inputs or tokens are more than four times the limits, or if the model can never be loaded
     */
    <A extends AnalysisAnswer> CostEstimate estimate(
            AnalysisRequest request, @Nullable String id, Plan<A> plan, WireSize size) {
        try (Admission<?> admission = models.admit(id, "model")) {
            HookedModel model = admission.model();
            Session session = new Session(model, limits.ofAnalysis(), new AnswerMemory(new CostCounter()), size);
            Plan<A> once = preparedOnce(plan);
            try {
                Cost cost = PreparedAnalysis.of(session, once, request).cost();
                admission.requireFits("input", cost.bytes());
                return CostEstimate.of(cost, model.provenance(List.of()), List.of());
            } catch (TooLarge e) {
                return CostEstimate.of(
                        PreparedAnalysis.of(session.withDryRunLimits(), once, request)
                                .cost(),
                        model.provenance(List.of()),
                        List.of("does not fit: " + e.field() + ": " + e.getMessage()));
            }
        }
    }

    /** A plan that builds its query only once: the dry run of a request that does not fit runs twice. */
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
