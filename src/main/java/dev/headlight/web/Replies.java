package dev.headlight.web;

import dev.headlight.interp.Analysis;
import dev.headlight.interp.Estimate;
import dev.headlight.interp.Input;
import dev.headlight.interp.Session;
import dev.headlight.interp.Verifier;
import dev.headlight.model.Admission;
import dev.headlight.model.BadSelection;
import dev.headlight.model.Encoded;
import dev.headlight.model.HookedModel;
import dev.headlight.model.Models;
import dev.headlight.model.TooLarge;
import dev.headlight.render.Figure;
import dev.headlight.render.Heatmap;
import dev.headlight.tensor.Kept;
import java.awt.Dimension;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Function;
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

        Input input();

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

        default boolean specialTokens() {
            return addSpecialTokens() == null || addSpecialTokens();
        }
    }

    /**
     * What is to be computed, once the model is known.
     *
     * @param tensorsPerInput how many tensors the answer has for each input
     * @param rehearse all of it that makes arrays, see {@link Session#rehearse}
     */
    record Plan<A>(
            int tensorsPerInput,
            BiConsumer<Session, List<Encoded>> rehearse,
            BiFunction<Session, List<Encoded>, A> compute) {}

    /** The plan of a request; what the model lacks is refused here. */
    interface Planner<A> {
        Plan<A> on(HookedModel model);
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
            Request request, Format format, Planner<A> planner, Function<A, Figure> picture) {
        Plan<A> plan;
        try (Admission admission =
                models.admit(request.model(), "model", model -> 0)) { // loads it, on no worker's time
            plan = planner.on(admission.model());
        }
        if (request.dryRun()) {
            return answered(Format.JSON, Reply.of(estimate(request, plan)));
        }
        requireForm(request, format, plan.tensorsPerInput());
        ResultMemory memory = ResultMemory.ofRequest();
        return answered(format, workers.run(() -> run(request, format, plan, picture, memory)));
    }

    private static ResponseEntity<Reply> answered(Format format, Reply reply) {
        return ResponseEntity.ok().contentType(format.mediaType()).body(reply);
    }

    /** In JSON, of an answer in the form that is accepted most gladly; a picture's size is known when it is drawn. */
    private Estimate estimate(Request request, Plan<?> plan) {
        List<Format> accepted = FormatResolver.accepted();
        if (!accepted.contains(Format.JSON)) {
            throw new NotInThisForm("dry_run: " + accepted.get(0).mediaType() + " cannot hold the cost; accept "
                    + MediaType.APPLICATION_JSON_VALUE + " too");
        }
        Format format =
                accepted.stream().filter(f -> !f.isPicture()).findFirst().orElseThrow();
        requireForm(request, format, plan.tensorsPerInput());
        return estimates.of(request, plan, format.writing(encoding(request)));
    }

    private static Encoding encoding(Request request) {
        return request.encoding() == null ? Encoding.NESTED : request.encoding();
    }

    private <A extends Analysis> Reply run(
            Request request, Format format, Plan<A> plan, Function<A, Figure> picture, ResultMemory memory) {
        Encoding encoding = encoding(request);
        Kept kept = memory.kept();
        ToLongFunction<HookedModel> bytes =
                model -> Estimates.cost(session(model, kept, format, encoding), plan, request)
                        .bytes();
        try (Admission admission = models.admit(request.model(), "input", bytes)) {
            Session session = session(admission.model(), kept, format, encoding);
            List<Encoded> inputs = session.encode(request.input(), request.specialTokens());
            Verifier verifier = request.verify() ? new Verifier(session, inputs) : null; // refuses before anything runs
            A analysis = plan.compute.apply(session, inputs);
            Reply reply = new Reply(
                    analysis,
                    verifier == null ? null : verifier.verify(),
                    format,
                    encoding,
                    format.isPicture() ? drawn(picture.apply(analysis), format) : null);
            memory.takes(admission.keep(kept.bytes()));
            return reply;
        }
    }

    private Session session(HookedModel model, Kept kept, Format format, Encoding encoding) {
        return new Session(model, limits.ofAnalysis(), kept, format.writing(encoding));
    }

    private static void requireForm(Request request, Format format, int tensorsPerInput) {
        int inputs = request.input().prompts().size();
        if (format == Format.NPY && inputs * tensorsPerInput != 1) {
            throw new NotInThisForm("the answer holds " + inputs * tensorsPerInput
                    + " tensors and an npy file exactly one; accept " + Format.SAFETENSORS_VALUE + " instead");
        }
        if (request.verify() && !format.holdsText()) {
            throw new NotInThisForm("verify: " + format.mediaType() + " cannot hold the verification; accept "
                    + MediaType.APPLICATION_JSON_VALUE + " instead");
        }
        if (format.isPicture() && inputs > 1) {
            throw new BadSelection("input", "holds " + inputs + " inputs and a picture shows exactly 1");
        }
    }

    /** Drawing takes a core too, so it is a worker's. */
    private byte[] drawn(Figure figure, Format format) {
        Dimension size = Heatmap.size(figure);
        long pixels = (long) size.width * size.height;
        if (pixels > limits.picturePixels()) {
            throw new TooLarge(
                    "input",
                    pixels,
                    limits.picturePixels(),
                    "pixels of the picture",
                    "headlight.limits.picture-pixels");
        }
        byte[] picture = format == Format.PNG ? Heatmap.png(figure) : Heatmap.svg(figure);
        metrics.drawn(format);
        return picture;
    }
}
