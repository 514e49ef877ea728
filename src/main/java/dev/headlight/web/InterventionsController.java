package dev.headlight.web;

import dev.headlight.interp.Input;
import dev.headlight.interp.Intervention;
import dev.headlight.interp.Interventions;
import dev.headlight.interp.Session;
import dev.headlight.interp.TokenName;
import dev.headlight.model.BadSelection;
import dev.headlight.model.HookName;
import dev.headlight.model.HookPoints;
import dev.headlight.model.HookedModel;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.ExampleObject;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotEmpty;
import jakarta.validation.constraints.NotNull;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

@RestController
@Tag(name = "Analyses")
class InterventionsController {
    @Schema(name = "InterventionsRequest")
    record Request(
            @Schema(description = Docs.MODEL) @Nullable String model,
            @NotNull(message = "is required") Input input,

            @NotEmpty(message = "is required, and must not be empty")
            @Schema(description = "Applied in one run, in the order given at one hook point.")
            List<@Valid InterventionBody> interventions,

            @Schema(
                    description =
                            "Hook points in full (`*` for every layer) whose original and modified values are returned.")
            @Nullable
            List<String> capture,

            @Schema(description = "How many of the most probable tokens are listed.", defaultValue = "10") @Nullable
            Integer topK,

            @Schema(description = "Position at which the effect is read, negative from the end.", defaultValue = "-1")
            @Nullable
            Integer position,

            @Schema(description = "The token whose logit is followed: an id, or a text that is one token.") @Nullable
            TokenName answer,

            @Schema(description = "The token whose logit is subtracted.") @Nullable
            TokenName foil,

            @Schema(description = Docs.ENCODING, defaultValue = "nested") @Nullable
            Encoding encoding,

            @Schema(description = Docs.SPECIAL_TOKENS, defaultValue = "true") @Nullable
            Boolean addSpecialTokens,

            @Schema(description = Docs.VERIFY, defaultValue = "false")
            boolean verify,

            @Schema(description = Docs.COMPARE_TO) @Nullable String compareTo,

            @Schema(description = Docs.DRY_RUN, defaultValue = "false")
            boolean dryRun)
            implements AnalysisRequest.OfEachInput {}

    private final AnalysisRunner runner;

    InterventionsController(AnalysisRunner runner) {
        this.runner = runner;
    }

    @PostMapping(
            path = "/interventions",
            consumes = MediaType.APPLICATION_JSON_VALUE,
            produces = {
                MediaType.APPLICATION_JSON_VALUE,
                Format.SAFETENSORS_VALUE,
                MediaType.IMAGE_PNG_VALUE,
                Format.SVG_VALUE
            })
    @Operation(
            summary = "What changes when a part is altered",
            description =
                    "The inputs run twice, the second time with the interventions. As a picture, the change of each captured hook point.")
    @io.swagger.v3.oas.annotations.parameters.RequestBody(
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_JSON_VALUE,
                            schema = @Schema(implementation = Request.class),
                            examples = {
                                @ExampleObject(name = "zero two heads", value = Examples.ZERO_HEADS),
                                @ExampleObject(name = "patch from another prompt", value = Examples.PATCH),
                                @ExampleObject(
                                        name = "zero a head, with what another attends to frozen",
                                        value = Examples.DIRECT),
                                @ExampleObject(name = "resample a head", value = Examples.RESAMPLE),
                                @ExampleObject(
                                        name = "zero a neuron, look at the layer's output",
                                        value = Examples.ZERO_NEURON)
                            }))
    @ApiResponse(
            responseCode = "200",
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_JSON_VALUE,
                            schema = @Schema(implementation = Interventions.Answer.class)))
    ResponseEntity<Reply> interventions(@Valid @RequestBody Request request, Format format) {
        return runner.reply(request, format, model -> plan(model, request, format), Figures::interventions);
    }

    private static Plan<Interventions.Answer> plan(HookedModel model, Request request, Format format) {
        HookPoints points = model.hookPoints();
        List<HookName> capture = points.all("capture", Objects.requireNonNullElse(request.capture, List.of()));
        if (format.isPicture() && capture.isEmpty()) {
            throw new BadSelection(
                    "capture", "must name at least 1 hook point for a picture, which draws their change");
        }
        List<Intervention> interventions = InterventionBody.read(request.interventions, points);
        return Plan.of(
                2 * capture.size(),
                session -> query(session, request, interventions, capture),
                Interventions::rehearse,
                Interventions::compute);
    }

    private static Interventions.Query query(
            Session session, Request r, List<Intervention> interventions, List<HookName> capture) {
        if (r.answer == null && r.foil != null) {
            throw new BadSelection("answer", "is required where foil is given");
        }
        Integer answer = r.answer == null ? null : session.tokenId("answer", r.answer);
        Integer foil = r.foil == null ? null : session.tokenId("foil", r.foil);
        return new Interventions.Query(
                interventions, capture, r.topK, r.position == null ? -1 : r.position, answer, foil, r.specialTokens());
    }
}
