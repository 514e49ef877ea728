package dev.headlight.web;

import dev.headlight.interp.Analysis;
import dev.headlight.interp.Comparison;
import dev.headlight.interp.Estimate;
import dev.headlight.interp.Session;
import dev.headlight.interp.Verification;
import dev.headlight.interp.Verifier;
import dev.headlight.model.Admission;
import dev.headlight.model.Encoded;
import dev.headlight.model.HookedModel;
import dev.headlight.model.Models;
import dev.headlight.tensor.Kept;
import java.util.List;
import java.util.Objects;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Component;

/** Runs an analysis on a worker and gives its answer the form that the client asked for. */
@Component
final class AnalysisRunner {
    private final Models models;
    private final Estimates estimates;
    private final Workers workers;
    private final Pictures pictures;
    private final HeadlightProperties.Limited limits;

    /** @param other that of the model that is compared; null for none */
    private record Plans<A>(Plan<A> own, @Nullable Plan<A> other) {}

    private record Task<A>(
            AnalysisRequest request,
            Format format,
            Plan<A> plan,
            @Nullable Plan<A> other,
            Plan.Picture<A> picture,
            ResultMemory memory) {
        private Task(
                AnalysisRequest request, Format format, Plans<A> plans, Plan.Picture<A> picture, ResultMemory memory) {
            this(request, format, plans.own, plans.other, picture, memory);
        }

        private Encoding encoding() {
            return request.encoding() == null ? Encoding.NESTED : request.encoding();
        }
    }

    AnalysisRunner(
            Models models, Estimates estimates, Workers workers, Pictures pictures, HeadlightProperties properties) {
        this.models = models;
        this.estimates = estimates;
        this.workers = workers;
        this.pictures = pictures;
        this.limits = properties.limits();
    }

    /**
     * Runs an analysis and waits for it.
     *
     * @param picture draws the answer; called only where a picture was asked for
     */
    <A extends Analysis> ResponseEntity<Reply> reply(
            AnalysisRequest request, Format format, Plan.Planner<A> planner, Plan.Picture<A> picture) {
        Task<A> task = new Task<>(request, format, planned(request, planner), picture, ResultMemory.ofRequest());
        if (request.dryRun()) {
            return answered(Format.JSON, Reply.of(estimate(task)));
        }
        FormCheck.require(request, format, task.plan.tensorsPerResult());
        return answered(format, workers.run(() -> run(task)));
    }

    /** Loads the models, on no worker's time. */
    private <A> Plans<A> planned(AnalysisRequest request, Plan.Planner<A> planner) {
        HookedModel model;
        Plan<A> own;
        try (Admission admission = models.admit(request.model(), "model", m -> 0)) {
            model = admission.model();
            own = planner.on(model);
        }
        if (request.compareTo() == null) {
            return new Plans<>(own, null);
        }
        try (Admission admission = models.admit(request.compareTo(), "compare_to", m -> 0)) {
            Comparison.requireSameShape(model, admission.model());
            return new Plans<>(own, planner.on(admission.model()));
        }
    }

    private static ResponseEntity<Reply> answered(Format format, Reply reply) {
        return ResponseEntity.ok().contentType(format.mediaType()).body(reply);
    }

    private Estimate estimate(Task<?> task) {
        Format format = FormCheck.ofDryRun(FormatResolver.accepted());
        FormCheck.require(task.request, format, task.plan.tensorsPerResult());
        Estimate own = estimates.of(task.request, task.request.model(), task.plan, format.writing(task.encoding()));
        return task.other == null
                ? own
                : own.comparedTo(estimates.of(
                        task.request, task.request.compareTo(), task.other, format.writing(task.encoding())));
    }

    private <A extends Analysis> Reply run(Task<A> task) {
        AnalysisRequest request = task.request;
        Kept kept = task.memory.kept();
        ToLongFunction<HookedModel> bytes = model ->
                Estimates.cost(session(model, task), task.plan, request).bytes();
        List<Encoded> inputs;
        A analysis;
        Verification verification;
        try (Admission admission = models.admit(request.model(), "input", bytes)) {
            Session session = session(admission.model(), task);
            inputs = session.encode(request.inputs(), request.specialTokens());
            Verifier verifier = request.verify() ? new Verifier(session, inputs) : null; // refuses before anything runs
            analysis = task.plan.compute().apply(session, inputs);
            verification = verifier == null ? null : verifier.verify();
            task.memory.takes(admission.keep(kept.bytes()));
        }
        Comparison comparison = task.other == null ? null : compared(task, task.other, inputs, analysis);
        return new Reply(
                analysis,
                verification,
                comparison,
                rendered(inputs),
                task.format,
                task.encoding(),
                task.format.isPicture() ? pictures.draw(task.picture, analysis, comparison, task.format) : null);
    }

    /** The other model's answer for the same tokens, even where its own tokenizer would split a text in another way. */
    private <A extends Analysis> Comparison compared(Task<A> task, Plan<A> other, List<Encoded> inputs, A analysis) {
        Kept kept = task.memory.kept();
        long own = kept.bytes();
        ToLongFunction<HookedModel> bytes = // the differences are as large as the answer
                model -> Estimates.cost(session(model, task), other, inputs, false)
                                .bytes()
                        + own;
        try (Admission admission = models.admit(task.request.compareTo(), "compare_to", bytes)) {
            Session session = session(admission.model(), task);
            A theirs = other.compute().apply(session, inputs);
            Comparison comparison = Comparison.of(admission.model().id(), analysis, theirs, kept);
            task.memory.takes(admission.keep(kept.bytes() - own));
            return comparison;
        }
    }

    private Session session(HookedModel model, Task<?> task) {
        return new Session(model, limits.ofAnalysis(), task.memory.kept(), task.format.writing(task.encoding()));
    }

    /** What a chat template made of each input; null where they are no conversations. */
    private static @Nullable List<String> rendered(List<Encoded> inputs) {
        List<String> texts =
                inputs.stream().map(Encoded::rendered).filter(Objects::nonNull).toList();
        return texts.isEmpty() ? null : texts;
    }
}
