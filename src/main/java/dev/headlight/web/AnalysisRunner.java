package dev.headlight.web;

import dev.headlight.interp.session.AnalysisAnswer;
import dev.headlight.interp.session.CostEstimate;
import dev.headlight.interp.session.Session;
import dev.headlight.interp.session.WireSize;
import dev.headlight.interp.verify.Comparison;
import dev.headlight.interp.verify.Verification;
import dev.headlight.model.HookedModel;
import dev.headlight.model.store.Admission;
import dev.headlight.model.store.Models;
import dev.headlight.model.text.Encoded;
import java.util.List;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Component;

/** Runs an analysis on a worker and gives its answer the form that the client asked for. */
@Component
public final class AnalysisRunner {
    private final Models models;
    private final DryRuns estimates;
    private final Workers workers;
    private final Pictures pictures;
    private final HeadlightProperties.Limited limits;

    /**
     * One request as it goes through the steps.
     *
     * @param plan on the request's model
     * @param other on the model that is compared; null for none
     */
    private record Task<A extends AnalysisAnswer>(
            AnalysisRequest request,
            Format format,
            Plan<A> plan,
            @Nullable Plan<A> other,
            Plan.Picture<A> picture,
            AnswerLease memory) {
        private Encoding encoding() {
            return request.encoding() == null ? Encoding.NESTED : request.encoding();
        }
    }

    /** The answer of the request's own model, before another is compared. */
    private record OwnAnswer<A extends AnalysisAnswer>(
            List<Encoded> inputs, A analysis, @Nullable Verification verification) {}

    AnalysisRunner(
            Models models, DryRuns estimates, Workers workers, Pictures pictures, HeadlightProperties properties) {
        this.models = models;
        this.estimates = estimates;
        this.workers = workers;
        this.pictures = pictures;
        this.limits = properties.limits();
    }

    /**
     * Runs an analysis and waits for it; a dry run is answered with its cost.
     *
     * @param picture draws the answer; called only where a picture was asked for
     */
    public <A extends AnalysisAnswer> ResponseEntity<Reply> reply(
            AnalysisRequest request, Format format, Plan.Planner<A> planner, Plan.Picture<A> picture) {
        Task<A> task = task(request, format, planner, picture);
        if (request.dryRun()) {
            return answered(Format.JSON, Reply.of(estimate(task), null));
        }
        FormCheck.require(request, format, task.plan.tensorsPerResult());
        return answered(format, workers.run(() -> run(task)));
    }

    /**
     * Answers a question about the tokens of inputs, for which no model is run.
     *
     * @param format JSON, since there are no tensors
     * @param compute makes no arrays
     */
    public ResponseEntity<Reply> reply(
            InputRequest request, Format format, BiFunction<Session, List<Encoded>, AnalysisAnswer> compute) {
        models.load(request.model()); // not while holding a worker
        AnswerLease memory = AnswerLease.ofRequest();
        return answered(format, workers.run(() -> {
            try (Admission<?> admission = models.admit(request.model(), "input")) {
                Session session = session(admission.model(), format, Encoding.NESTED, memory);
                List<Encoded> inputs = session.encode(request.inputs(), request.specialTokens());
                return Reply.of(compute.apply(session, inputs), Reply.rendered(inputs));
            }
        }));
    }

    /** Plans the request on its models, which are loaded here and not while holding a worker. */
    private <A extends AnalysisAnswer> Task<A> task(
            AnalysisRequest request, Format format, Plan.Planner<A> planner, Plan.Picture<A> picture) {
        HookedModel model;
        Plan<A> own;
        Plan<A> other = null;
        try (Admission<?> admission = models.admit(request.model(), "model")) {
            model = admission.model();
            own = planner.on(model);
        }
        if (request.compareTo() != null) {
            try (Admission<?> admission = models.admit(request.compareTo(), "compare_to")) {
                Comparison.requireSameShape(model, admission.model());
                other = planner.on(admission.model());
            }
        }
        return new Task<>(request, format, own, other, picture, AnswerLease.ofRequest());
    }

    private static ResponseEntity<Reply> answered(Format format, Reply reply) {
        return ResponseEntity.ok().contentType(format.mediaType()).body(reply);
    }

    private <A extends AnalysisAnswer> CostEstimate estimate(Task<A> task) {
        AnalysisRequest request = task.request;
        Format format = FormCheck.ofDryRun(FormatResolver.accepted());
        FormCheck.require(request, format, task.plan.tensorsPerResult());
        WireSize writing = format.writing(task.encoding());
        CostEstimate own = estimates.of(request, request.model(), task.plan, writing);
        return task.other == null
                ? own
                : own.comparedTo(estimates.of(request, request.compareTo(), task.other, writing));
    }

    private <A extends AnalysisAnswer> Reply run(Task<A> task) {
        OwnAnswer<A> own = own(task);
        Comparison comparison = task.other == null ? null : compared(task, task.other, own);
        byte[] picture =
                task.format.isPicture() ? pictures.draw(task.picture, own.analysis, comparison, task.format) : null;
        return new Reply(
                own.analysis,
                own.verification,
                comparison,
                Reply.rendered(own.inputs),
                task.format,
                task.encoding(),
                picture);
    }

    private <A extends AnalysisAnswer> OwnAnswer<A> own(Task<A> task) {
        try (Admission<PreparedRun<A>> admission = models.admit(
                task.request.model(),
                "input",
                model -> PreparedRun.of(session(model, task), task.plan, task.request))) {
            PreparedRun<A> run = admission.prepared();
            A analysis = run.compute();
            Verification verification = run.verify();
            task.memory.takes(admission.keep(task.memory.memory().bytes()));
            return new OwnAnswer<>(run.inputs(), analysis, verification);
        }
    }

    /** The other model's answer for the same tokens, even where its own tokenizer would split a text in another way. */
    private <A extends AnalysisAnswer> Comparison compared(Task<A> task, Plan<A> other, OwnAnswer<A> own) {
        long taken = task.memory.memory().bytes();
        try (Admission<PreparedRun<A>> admission = models.admit(
                task.request.compareTo(),
                "compare_to",
                model -> PreparedRun.of(session(model, task), other, own.inputs, false)
                        .with(taken))) { // the differences are as large as the answer
            A theirs = admission.prepared().compute();
            Comparison comparison = Comparison.of(admission.model().id(), own.analysis, theirs, task.memory.memory());
            task.memory.takes(admission.keep(task.memory.memory().bytes() - taken));
            return comparison;
        }
    }

    private Session session(HookedModel model, Task<?> task) {
        return session(model, task.format, task.encoding(), task.memory);
    }

    private Session session(HookedModel model, Format format, Encoding encoding, AnswerLease memory) {
        return new Session(model, limits.ofAnalysis(), memory.memory(), format.writing(encoding));
    }
}
