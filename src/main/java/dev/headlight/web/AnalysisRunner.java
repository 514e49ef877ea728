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
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Component;
import org.springframework.util.FastByteArrayOutputStream;

/**
 * Runs the analyses of all endpoints: plans a request, checks the format, waits for a worker and for memory, computes the
 * answer, verifies and compares it.
 */
@Component
public final class AnalysisRunner {
    private final Models models;
    private final DryRuns dryRuns;
    private final Workers workers;
    private final RunningRequests running;
    private final Pictures pictures;
    private final HeadlightProperties.RequestLimits limits;

    /**
     * One request and everything that is known about it before it runs.
     *
     * @param plan plan for the request's model
     * @param otherPlan plan for the model to compare with; null for none
     * @param models the models of both plans
     */
    private record Task<A extends AnalysisAnswer>(
            AnalysisRequest request,
            Format format,
            Plan<A> plan,
            @Nullable Plan<A> otherPlan,
            Plan.Picture<A> picture,
            AnswerLease lease,
            List<HookedModel> models) {
        private Encoding encoding() {
            return request.encoding() == null ? Encoding.NESTED : request.encoding();
        }
    }

    /** The answer of the request's model, before the comparison with another model. */
    private record OwnAnswer<A extends AnalysisAnswer>(
            List<Encoded> inputs,
            List<String> inputWarnings,
            A analysis,
            @Nullable Verification verification) {}

    AnalysisRunner(
            Models models,
            DryRuns dryRuns,
            Workers workers,
            RunningRequests running,
            Pictures pictures,
            HeadlightProperties properties) {
        this.models = models;
        this.dryRuns = dryRuns;
        this.workers = workers;
        this.running = running;
        this.pictures = pictures;
        this.limits = properties.limits();
    }

    /**
     * Runs an analysis and waits for its answer; for a dry run, answers the cost.
     *
     * @param picture draws the answer; called only if the format is a picture
     */
    public <A extends AnalysisAnswer> ResponseEntity<Reply> reply(
            AnalysisRequest request, Format format, Plan.Planner<A> planner, Plan.Picture<A> picture) {
        return running.run(() -> answer(request, format, planner, picture));
    }

    private <A extends AnalysisAnswer> ResponseEntity<Reply> answer(
            AnalysisRequest request, Format format, Plan.Planner<A> planner, Plan.Picture<A> picture) {
        Task<A> task = task(request, format, planner, picture);
        if (request.dryRun()) {
            return answered(Format.JSON, Reply.of(estimate(task), List.of(), null));
        }
        FormatCheck.require(request, format, task.plan.tensorsPerResult());
        String tag = EntityTags.of(request, format, task.models, limits);
        HttpHeaders headers = EntityTags.headers(tag);
        if (EntityTags.isKnown(tag)) {
            return ResponseEntity.status(HttpStatus.NOT_MODIFIED)
                    .headers(headers)
                    .build();
        }
        Reply reply = workers.run(() -> run(task));
        return ResponseEntity.ok()
                .headers(headers)
                .contentType(format.mediaType())
                .body(reply);
    }

    /**
     * Answers a request for which only the tokenizer is run, not the model.
     *
     * @param format JSON, since there are no tensors
     * @param compute computes the answer from the tokens; creates no arrays
     */
    public ResponseEntity<Reply> reply(
            InputRequest request, Format format, BiFunction<Session, List<Encoded>, AnalysisAnswer> compute) {
        return running.run(() -> answer(request, format, compute));
    }

    private ResponseEntity<Reply> answer(
            InputRequest request, Format format, BiFunction<Session, List<Encoded>, AnalysisAnswer> compute) {
        models.load(request.model()); // a loading model must not occupy a worker
        AnswerLease lease = AnswerLease.ofRequest();
        return answered(format, workers.run(() -> {
            try (Admission<?> admission = models.admit(request.model(), "input")) {
                RequestUsage.current().asked(admission.model().id(), request.inputs());
                Session session = session(admission.model(), format, Encoding.NESTED, lease);
                List<Encoded> inputs = session.encode(request.inputs(), request.specialTokens());
                RequestUsage.current().encoded(inputs);
                return Reply.of(compute.apply(session, inputs), session.inputWarnings(), Reply.rendered(inputs));
            }
        }));
    }

    /** Plans the request for its models. They are loaded here, so that a loading model occupies no worker. */
    private <A extends AnalysisAnswer> Task<A> task(
            AnalysisRequest request, Format format, Plan.Planner<A> planner, Plan.Picture<A> picture) {
        HookedModel model;
        Plan<A> plan;
        Plan<A> otherPlan = null;
        List<HookedModel> used = new ArrayList<>();
        try (Admission<?> admission = models.admit(request.model(), "model")) {
            model = admission.model();
            RequestUsage.current().asked(model.id(), request.inputs());
            plan = planner.on(model);
            used.add(model);
        }
        if (request.compareTo() != null) {
            try (Admission<?> admission = models.admit(request.compareTo(), "compare_to")) {
                Comparison.requireSameShape(model, admission.model());
                otherPlan = planner.on(admission.model());
                used.add(admission.model());
            }
        }
        return new Task<>(request, format, plan, otherPlan, picture, AnswerLease.ofRequest(), used);
    }

    private static ResponseEntity<Reply> answered(Format format, Reply reply) {
        return ResponseEntity.ok().contentType(format.mediaType()).body(reply);
    }

    private <A extends AnalysisAnswer> CostEstimate estimate(Task<A> task) {
        AnalysisRequest request = task.request;
        Format format = FormatCheck.ofDryRun(FormatResolver.accepted());
        FormatCheck.require(request, format, task.plan.tensorsPerResult());
        WireSize size = format.wireSize(task.encoding());
        CostEstimate own = dryRuns.estimate(request, request.model(), task.plan, size);
        return task.otherPlan == null
                ? own
                : own.comparedTo(dryRuns.estimate(request, request.compareTo(), task.otherPlan, size));
    }

    private <A extends AnalysisAnswer> Reply run(Task<A> task) {
        OwnAnswer<A> own = ownAnswer(task);
        Comparison comparison = task.otherPlan == null ? null : compared(task, task.otherPlan, own);
        FastByteArrayOutputStream picture = task.format.isPicture()
                ? pictures.draw(task.picture, own.analysis, comparison, task.format, task.lease)
                : null;
        return new Reply(
                own.analysis,
                own.verification,
                comparison,
                own.inputWarnings,
                Reply.rendered(own.inputs),
                task.format,
                task.encoding(),
                picture);
    }

    private <A extends AnalysisAnswer> OwnAnswer<A> ownAnswer(Task<A> task) {
        try (Admission<PreparedAnalysis<A>> admission = models.admit(
                task.request.model(),
                "input",
                model -> PreparedAnalysis.of(session(model, task), task.plan, task.request))) {
            PreparedAnalysis<A> run = admission.prepared();
            RequestUsage.current().encoded(run.inputs());
            A analysis = run.compute();
            Verification verification = run.verify();
            task.lease.hold(admission.keep(task.lease.memory().bytes()));
            return new OwnAnswer<>(run.inputs(), run.session().inputWarnings(), analysis, verification);
        }
    }

    /** Runs the other model on the same tokens, even if its own tokenizer would split the texts differently. */
    private <A extends AnalysisAnswer> Comparison compared(Task<A> task, Plan<A> otherPlan, OwnAnswer<A> own) {
        long answerBytes = task.lease.memory().bytes();
        try (Admission<PreparedAnalysis<A>> admission = models.admit(
                task.request.compareTo(),
                "compare_to",
                model -> PreparedAnalysis.of(session(model, task), otherPlan, own.inputs, false)
                        .withExtraBytes(answerBytes))) { // the differences are as large as the answer
            A other = admission.prepared().compute();
            Comparison comparison = Comparison.of(admission.model().id(), own.analysis, other, task.lease.memory());
            task.lease.hold(admission.keep(task.lease.memory().bytes() - answerBytes));
            return comparison;
        }
    }

    private Session session(HookedModel model, Task<?> task) {
        return session(model, task.format, task.encoding(), task.lease);
    }

    private Session session(HookedModel model, Format format, Encoding encoding, AnswerLease lease) {
        return new Session(model, limits.ofAnalysis(), lease.memory(), format.wireSize(encoding));
    }
}
