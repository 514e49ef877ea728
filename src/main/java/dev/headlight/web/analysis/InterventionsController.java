package dev.headlight.web.analysis;

import dev.headlight.interp.intervene.Intervention;
import dev.headlight.interp.intervene.Interventions;
import dev.headlight.interp.session.Input;
import dev.headlight.interp.session.Session;
import dev.headlight.interp.session.TokenName;
import dev.headlight.model.HookedModel;
import dev.headlight.model.fault.BadSelection;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.HookPoints;
import dev.headlight.web.AnalysisMapping;
import dev.headlight.web.AnalysisRequest;
import dev.headlight.web.AnalysisRunner;
import dev.headlight.web.Encoding;
import dev.headlight.web.Example;
import dev.headlight.web.Format;
import dev.headlight.web.Plan;
import dev.headlight.web.Reply;
import io.swagger.v3.oas.annotations.media.Schema;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotEmpty;
import jakarta.validation.constraints.NotNull;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/** Runs the model with and without interventions. */
@RestController
class InterventionsController {
    @Schema(name = "InterventionsRequest")
    record Request(
            @Nullable String model,
            @NotNull(message = "is required") Input input,

            @NotEmpty(message = "is required, and must not be empty")
            @Schema(
                    description =
                            "Edits that are applied in one run. Edits of one hook point are applied in the given order.")
            List<@Valid InterventionBody> interventions,

            @Schema(
                    description =
                            "Hook points whose original and modified values are returned: full names, where `*` stands for every layer (`blocks.*.hook_resid_post`); short names, which mean every layer (`resid_post`); or `*` for every hook point.")
            @Nullable
            List<String> capture,

            @Schema(defaultValue = "10") @Nullable Integer topK,

            @Schema(
                    description =
                            "Position at which the effect is measured; negative ones count from the end. By default the last one, or in a model that is not causal that of the only mask token.")
            @Nullable
            Integer position,

            @Schema(description = "Token whose logit is measured: a token id, or a text that is one token.") @Nullable
            TokenName answer,

            @Schema(description = "Token whose logit is subtracted.") @Nullable
            TokenName foil,

            @Nullable Encoding encoding,
            @Nullable Boolean addSpecialTokens,
            boolean verify,
            @Nullable String compareTo,
            boolean dryRun)
            implements AnalysisRequest.OfEachInput {}

    private final AnalysisRunner runner;

    InterventionsController(AnalysisRunner runner) {
        this.runner = runner;
    }

    @AnalysisMapping(
            path = "/interventions",
            produces = {
                MediaType.APPLICATION_JSON_VALUE,
                Format.SAFETENSORS_VALUE,
                MediaType.IMAGE_PNG_VALUE,
                Format.SVG_VALUE
            },
            summary = "What changes when a part of the model is edited",
            description = """
                    Runs each input twice: without and with the interventions. The picture shows the change of each \
                    captured hook point.""",
            answer = Interventions.Answer.class)
    @Example(name = "zero two heads", value = """
            {"input": "When Mary and John went to the store , John gave a drink to",
             "interventions": [
               {"hook": "z", "layer": 0, "heads": [3], "action": {"type": "zero"}},
               {"hook": "z", "layer": 3, "heads": [0], "action": {"type": "zero"}}],
             "answer": " Mary", "foil": " John"}""")
    @Example(name = "patch from another prompt", value = """
            {"input": "The capital of France is",
             "interventions": [{"hook": "resid_post", "layer": 0, "positions": [4],
               "action": {"type": "patch", "source": "The capital of Italy is"}}],
             "answer": " Rome", "foil": " Paris", "top_k": 5}""")
    @Example(name = "zero a head, with the pattern of another head frozen", value = """
            {"input": "When Mary and John went to the store , John gave a drink to",
             "interventions": [
               {"hook": "z", "layer": 0, "heads": [3], "action": {"type": "zero"}},
               {"hook": "pattern", "layer": 3, "heads": [0], "action": {"type": "freeze"}}],
             "answer": " Mary", "foil": " John"}""")
    @Example(name = "resample a head", value = """
            {"input": "When Mary and John went to the store , John gave a drink to",
             "interventions": [{"hook": "z", "layer": 0, "heads": [3], "action": {"type": "resample", "seed": 7}}],
             "answer": " Mary", "foil": " John"}""")
    @Example(name = "zero a neuron, capture the output of its layer", value = """
            {"input": "The keys near the box",
             "interventions": [{"hook": "resid_post", "layer": 0, "neurons": [42], "action": {"type": "zero"}}],
             "capture": ["blocks.0.hook_resid_post"], "encoding": "base64"}""")
    ResponseEntity<Reply> interventions(@Valid @RequestBody Request request, Format format) {
        return runner.reply(
                request, format, model -> plan(model, request, format), InterventionsFigures::interventions);
    }

    private static Plan<Interventions.Answer> plan(HookedModel model, Request request, Format format) {
        HookPoints points = model.hookPoints();
        List<HookName> capture = points.all("capture", Objects.requireNonNullElse(request.capture, List.of()));
        if (format.isPicture() && capture.isEmpty()) {
            throw new BadSelection(
                    "capture", "must name at least 1 hook point for a picture, which shows the change of each");
        }
        List<Intervention> interventions = InterventionBody.read(request.interventions, points);
        return Plan.of(
                2 * capture.size(),
                session -> query(session, request, interventions, capture),
                Interventions::dryRun,
                Interventions::compute);
    }

    private static Interventions.Query query(
            Session session, Request r, List<Intervention> interventions, List<HookName> capture) {
        if (r.answer == null && r.foil != null) {
            throw new BadSelection("answer", "is required if foil is given");
        }
        Integer answer = r.answer == null ? null : session.tokenId("answer", r.answer);
        Integer foil = r.foil == null ? null : session.tokenId("foil", r.foil);
        return new Interventions.Query(interventions, capture, r.topK, r.position, answer, foil, r.specialTokens());
    }
}
