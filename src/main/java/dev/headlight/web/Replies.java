package dev.headlight.web;

import dev.headlight.interp.Analysis;
import dev.headlight.interp.Comparison;
import dev.headlight.interp.Estimate;
import dev.headlight.interp.Input;
import dev.headlight.interp.Session;
import dev.headlight.interp.Verification;
import dev.headlight.interp.Verifier;
import dev.headlight.model.Admission;
import dev.headlight.model.BadSelection;
import dev.headlight.model.Encoded;
import dev.headlight.model.HookedModel;
import dev.headlight.model.Models;
import dev.headlight.model.TooLarge;
import dev.headlight.render.Dot;
import dev.headlight.render.Drawing;
import dev.headlight.render.Graph;
import dev.headlight.tensor.Kept;
import java.awt.Dimension;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Component;

/** Runs an analysis on a worker and gives its answer the form that the client asked for. */
@Component
final class Replies {
    private final Models models;
    private final Estimates estimates;
    private final Workers workers;
    private final Metrics metrics;
    private final HeadlightProperties.Limited limits;

    /** What every analysis request has. */
    interface Request {
        @Nullable
        String model();

        /** What is run, one field of the request after the other. */
        List<Input> inputs();

        /** How many results the answer has. */
        int results();

        @Nullable
        Boolean addSpecialTokens();

        /** Null where the answer has no tensor, and where the client left it out. */
        default @Nullable Encoding encoding() {
            return null;
        }

        /** Whether the identities that must hold are measured too; false where nothing is run. */
        default boolean verify() {
            return false;
        }

        /** Whether the cost is answered and nothing is run; false where there is nothing to run. */
        boolean dryRun();

        /** The model whose answer is compared; null for none. */
        default @Nullable String compareTo() {
            return null;
        }

        default boolean specialTokens() {
            return addSpecialTokens() == null || addSpecialTokens();
        }
    }

    /** A request with a result for each input of one field. */
    interface OfEachInput extends Request {
        Input input();

        @Override
        default List<Input> inputs() {
            return List.of(input());
        }

        @Override
        default int results() {
            return input().prompts().size();
        }
    }

    /**
     * What is to be computed, once the model is known.
     *
     * @param tensorsPerResult how many tensors the answer has for each of its results
     * @param rehearse all of it that makes arrays, see {@link Session#rehearse}
     */
    record Plan<A>(
            int tensorsPerResult,
            BiConsumer<Session, List<Encoded>> rehearse,
            BiFunction<Session, List<Encoded>, A> compute) {}

    /** The plan of a request; what the model lacks is refused here. */
    interface Planner<A> {
        Plan<A> on(HookedModel model);
    }

    /** Draws an answer, or the difference of two. */
    interface Picture<A> {
        /** @param other the model that is compared, whose values minus those of the answer's model are drawn; null for none */
        Drawing draw(A answer, @Nullable String other);
    }

    /** @param other that of the model that is compared; null for none */
    private record Plans<A>(Plan<A> own, @Nullable Plan<A> other) {}

    private record Task<A>(
            Request request,
            Format format,
            Plan<A> plan,
            @Nullable Plan<A> other,
            Picture<A> picture,
            ResultMemory memory) {
        private Task(Request request, Format format, Plans<A> plans, Picture<A> picture, ResultMemory memory) {
            this(request, format, plans.own, plans.other, picture, memory);
        }

        private Encoding encoding() {
            return request.encoding() == null ? Encoding.NESTED : request.encoding();
        }
    }

    /** The answer does not fit into the form that the client accepts. */
    static final class NotInThisForm extends RuntimeException {
        NotInThisForm(String why) {
            super(why);
        }
    }

    Replies(Models models, Estimates estimates, Workers workers, Metrics metrics, HeadlightProperties properties) {
        this.models = models;
        this.estimates = estimates;
        this.workers = workers;
        this.metrics = metrics;
        this.limits = properties.limits();
    }

    /**
     * Runs an analysis and waits for it.
     *
     * @param picture draws the answer; called only where a picture was asked for
     */
    <A extends Analysis> ResponseEntity<Reply> reply(
            Request request, Format format, Planner<A> planner, Picture<A> picture) {
        Task<A> task = new Task<>(request, format, planned(request, planner), picture, ResultMemory.ofRequest());
        if (request.dryRun()) {
            return answered(Format.JSON, Reply.of(estimate(task)));
        }
        requireForm(request, format, task.plan.tensorsPerResult());
        return answered(format, workers.run(() -> run(task)));
    }

    /** Loads the models, on no worker's time. */
    private <A> Plans<A> planned(Request request, Planner<A> planner) {
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

    /** In JSON, of an answer in the form that is accepted most gladly; a picture's size is known when it is drawn. */
    private Estimate estimate(Task<?> task) {
        List<Format> accepted = FormatResolver.accepted();
        if (!accepted.contains(Format.JSON)) {
            throw new NotInThisForm("dry_run: " + accepted.get(0).mediaType() + " cannot hold the cost; accept "
                    + MediaType.APPLICATION_JSON_VALUE + " too");
        }
        Format format =
                accepted.stream().filter(f -> !f.isPicture()).findFirst().orElseThrow();
        requireForm(task.request, format, task.plan.tensorsPerResult());
        Estimate own = estimates.of(task.request, task.request.model(), task.plan, format.writing(task.encoding()));
        return task.other == null
                ? own
                : own.comparedTo(estimates.of(
                        task.request, task.request.compareTo(), task.other, format.writing(task.encoding())));
    }

    private <A extends Analysis> Reply run(Task<A> task) {
        Request request = task.request;
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
            analysis = task.plan.compute.apply(session, inputs);
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
                task.format.isPicture() ? drawn(task, analysis, comparison) : null);
    }

    /** The other model's answer for the same tokens, whatever its own tokenizer would make of a text. */
    private <A extends Analysis> Comparison compared(Task<A> task, Plan<A> other, List<Encoded> inputs, A analysis) {
        Kept kept = task.memory.kept();
        long own = kept.bytes();
        ToLongFunction<HookedModel> bytes = // the differences are as large as the answer
                model -> Estimates.cost(session(model, task), other, inputs, false)
                                .bytes()
                        + own;
        try (Admission admission = models.admit(task.request.compareTo(), "compare_to", bytes)) {
            Session session = session(admission.model(), task);
            A theirs = other.compute.apply(session, inputs);
            Comparison comparison = Comparison.of(admission.model().id(), analysis, theirs, kept);
            task.memory.takes(admission.keep(kept.bytes() - own));
            return comparison;
        }
    }

    private Session session(HookedModel model, Task<?> task) {
        return new Session(model, limits.ofAnalysis(), task.memory.kept(), task.format.writing(task.encoding()));
    }

    private static void requireForm(Request request, Format format, int tensorsPerResult) {
        int results = request.results();
        if (format == Format.NPY && results * tensorsPerResult != 1) {
            throw new NotInThisForm("the answer holds " + results * tensorsPerResult
                    + " tensors and an npy file exactly one; accept " + Format.SAFETENSORS_VALUE + " instead");
        }
        if (request.compareTo() != null && (format == Format.NPY || (format.isPicture() && tensorsPerResult == 0))) {
            throw new NotInThisForm("compare_to: " + format.mediaType() + " cannot hold the comparison; accept "
                    + MediaType.APPLICATION_JSON_VALUE + " instead");
        }
        if (request.verify() && !format.holdsText()) {
            throw new NotInThisForm("verify: " + format.mediaType() + " cannot hold the verification; accept "
                    + MediaType.APPLICATION_JSON_VALUE + " instead");
        }
        if (format.isPicture() && results > 1) {
            throw new BadSelection("input", "holds " + results + " inputs and a picture shows exactly 1");
        }
    }

    /** What a chat template made of each input; null where they are no conversations. */
    private static @Nullable List<String> rendered(List<Encoded> inputs) {
        List<String> texts =
                inputs.stream().map(Encoded::rendered).filter(Objects::nonNull).toList();
        return texts.isEmpty() ? null : texts;
    }

    /** Drawing takes a core too, so it is a worker's. */
    private <A extends Analysis> byte[] drawn(Task<A> task, A analysis, @Nullable Comparison comparison) {
        if (comparison == null) {
            return drawn(task.picture.draw(analysis, null), task.format);
        }
        @SuppressWarnings("unchecked") // an answer with other tensors is of the same kind
        A difference = (A) analysis.with(comparison.difference());
        return drawn(task.picture.draw(difference, comparison.model()), task.format);
    }

    private byte[] drawn(Drawing drawing, Format format) {
        if (format == Format.DOT) {
            return Dot.text((Graph) drawing)
                    .getBytes(StandardCharsets.UTF_8); // the endpoints that have the form draw graphs
        }
        Dimension size = drawing.size();
        long pixels = (long) size.width * size.height;
        if (pixels > limits.picturePixels()) {
            throw new TooLarge(
                    "input",
                    pixels,
                    limits.picturePixels(),
                    "pixels of the picture",
                    "headlight.limits.picture-pixels");
        }
        byte[] picture = format == Format.PNG ? drawing.png() : drawing.svg();
        metrics.drawn(format);
        return picture;
    }
}
