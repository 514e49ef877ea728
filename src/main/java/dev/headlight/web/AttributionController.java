package dev.headlight.web;

import dev.headlight.interp.Attribution;
import dev.headlight.interp.Input;
import dev.headlight.interp.Intervention;
import dev.headlight.interp.Session;
import dev.headlight.model.BadSelection;
import dev.headlight.model.HookedModel;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.ExampleObject;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotNull;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

@RestController
@Tag(name = "Analyses")
class AttributionController {
    private static final int TENSORS = 9; // at least; never exactly one

    @Schema(name = "AttributionRequest")
    record Request(
            @Schema(description = Docs.MODEL) @Nullable String model,
            @NotNull(message = "is required") Input input,

            @NotNull(message = "is required")
            @Valid
            @Schema(description = "A `logit` or a `logit_difference`; no other is linear in the residual stream.")
            MetricBody metric,

            @Schema(
                    description =
                            "Positions at which the metric is read, negative from the end; in place of `metric.position`.")
            @Nullable
            List<Integer> positions,

            @Schema(
                    description = "Whether each head is split by the position that it reads; of one position.",
                    defaultValue = "false")
            boolean bySource,

            @Schema(description = "Whether each MLP is split by neuron.", defaultValue = "false")
            boolean neurons,

            @Schema(description = "How many of the strongest components are listed.", defaultValue = "10") @Nullable
            Integer topK,

            @Schema(description = Docs.INTERVENTIONS) @Nullable
            List<@Valid InterventionBody> interventions,

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

    AttributionController(AnalysisRunner runner) {
        this.runner = runner;
    }

    @PostMapping(
            path = "/attribution",
            consumes = MediaType.APPLICATION_JSON_VALUE,
            produces = {
                MediaType.APPLICATION_JSON_VALUE,
                Format.SAFETENSORS_VALUE,
                MediaType.IMAGE_PNG_VALUE,
                Format.SVG_VALUE
            })
    @Operation(
            summary = "Which part writes a logit",
            description =
                    "Direct logit attribution: a logit, or the difference of two, as the sum of what every component adds to it by itself, norm scales frozen. As a picture, layer and head at the first chosen position.")
    @io.swagger.v3.oas.annotations.parameters.RequestBody(
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_JSON_VALUE,
                            schema = @Schema(implementation = Request.class),
                            examples = {
                                @ExampleObject(name = "who writes the name", value = Examples.ATTRIBUTION_NAME),
                                @ExampleObject(name = "and from where", value = Examples.ATTRIBUTION_SOURCES),
                                @ExampleObject(
                                        name = "one token at two positions, by neuron",
                                        value = Examples.ATTRIBUTION_NEURONS)
                            }))
    @ApiResponse(
            responseCode = "200",
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_JSON_VALUE,
                            schema = @Schema(implementation = Attribution.Answer.class)))
    ResponseEntity<Reply> attribution(@Valid @RequestBody Request request, Format format) {
        return runner.reply(
                request,
                format,
                model -> plan(model, request),
                (answer, other) -> AttributionFigures.attribution(answer, request.metric.type(), other));
    }

    private static Plan<Attribution.Answer> plan(HookedModel model, Request request) {
        if (request.positions != null && request.metric.position() != null) {
            throw new BadSelection("positions", "stands in place of metric.position; give one of them");
        }
        List<Intervention> interventions = InterventionBody.read(request.interventions, model.hookPoints());
        return Plan.of(TENSORS, session -> query(session, request, interventions), Attribution::compute);
    }

    private static Attribution.Query query(Session session, Request r, List<Intervention> interventions) {
        return new Attribution.Query(
                r.metric.read("metric", session),
                r.positions,
                r.bySource,
                r.neurons,
                r.topK,
                interventions,
                r.specialTokens());
    }
}
