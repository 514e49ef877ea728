package dev.headlight.web;

import dev.headlight.interp.Activations;
import dev.headlight.interp.Input;
import dev.headlight.interp.TopNeurons;
import dev.headlight.model.HookName;
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
class ActivationsController {
    @Schema(name = "ActivationsRequest")
    record Request(
            @Schema(description = Docs.MODEL) @Nullable String model,
            @NotNull(message = "is required") Input input,

            @NotEmpty(message = "is required, and must not be empty")
            @Schema(description = "Hook points in full; `*` stands for every layer: `blocks.*.hook_resid_post`.")
            List<String> hooks,

            @Schema(description = "Positions, negative from the end; query rows of attention hooks; all where absent.")
            @Nullable
            List<Integer> positions,

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

    @Schema(name = "TopRequest")
    record TopRequest(
            @Schema(description = Docs.MODEL) @Nullable String model,
            @NotNull(message = "is required") Input input,

            @Schema(description = "Layer of the hook point; not needed where `hook` is a full name.") @Nullable
            Integer layer,

            @Schema(description = Docs.HOOK, defaultValue = "resid_post") @Nullable
            String hook,

            @Schema(description = "How many neurons, 1 to the hook's width.", defaultValue = "10") @Nullable
            Integer k,

            @Schema(
                    description = "How a neuron's values over every token of every input become one.",
                    defaultValue = "mean")
            TopNeurons.@Nullable Reduce reduce,

            @Schema(description = Docs.SPECIAL_TOKENS, defaultValue = "true") @Nullable
            Boolean addSpecialTokens,

            @Schema(description = Docs.VERIFY, defaultValue = "false")
            boolean verify,

            @Schema(description = Docs.COMPARE_TO) @Nullable String compareTo,

            @Schema(description = Docs.DRY_RUN, defaultValue = "false")
            boolean dryRun)
            implements AnalysisRequest.OfEachInput {}

    private final AnalysisRunner runner;

    ActivationsController(AnalysisRunner runner) {
        this.runner = runner;
    }

    @PostMapping(
            path = "/activations",
            consumes = MediaType.APPLICATION_JSON_VALUE,
            produces = {
                MediaType.APPLICATION_JSON_VALUE,
                Format.SAFETENSORS_VALUE,
                Format.NPY_VALUE,
                MediaType.IMAGE_PNG_VALUE,
                Format.SVG_VALUE
            })
    @Operation(
            summary = "The values at any hook point",
            description = "For each input a tensor a hook point, with the axes of its site and never any padding.")
    @io.swagger.v3.oas.annotations.parameters.RequestBody(
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_JSON_VALUE,
                            schema = @Schema(implementation = Request.class),
                            examples = {
                                @ExampleObject(
                                        name = "residual stream of every layer at the last token",
                                        value = Examples.ACTIVATIONS_STREAM),
                                @ExampleObject(
                                        name = "logits and one layer's head outputs",
                                        value = Examples.ACTIVATIONS_TWO)
                            }))
    @ApiResponse(
            responseCode = "200",
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_JSON_VALUE,
                            schema = @Schema(implementation = Activations.Answer.class)))
    ResponseEntity<Reply> activations(@Valid @RequestBody Request request, Format format) {
        return runner.reply(request, format, model -> plan(model, request), Figures::activations);
    }

    private static Plan<Activations.Answer> plan(HookedModel model, Request request) {
        List<HookName> hooks = model.hookPoints().all("hooks", request.hooks);
        Activations.Query query = new Activations.Query(hooks, request.positions);
        return Plan.of(hooks.size(), session -> query, Activations::compute);
    }

    @PostMapping(
            path = "/activations/top",
            consumes = MediaType.APPLICATION_JSON_VALUE,
            produces = {MediaType.APPLICATION_JSON_VALUE, MediaType.IMAGE_PNG_VALUE, Format.SVG_VALUE})
    @Operation(
            summary = "The most active neurons of a hook point",
            description =
                    "Ranked over every token of every input, each with the token where it peaks; as a picture, the chosen neurons over the tokens.")
    @io.swagger.v3.oas.annotations.parameters.RequestBody(
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_JSON_VALUE,
                            schema = @Schema(implementation = TopRequest.class),
                            examples = {
                                @ExampleObject(name = "ten neurons by mean", value = Examples.TOP_MEAN),
                                @ExampleObject(name = "MLP neurons by peak", value = Examples.TOP_PEAK)
                            }))
    @ApiResponse(
            responseCode = "200",
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_JSON_VALUE,
                            schema = @Schema(implementation = TopNeurons.Answer.class)))
    ResponseEntity<Reply> top(@Valid @RequestBody TopRequest request, Format format) {
        return runner.reply(
                request, format, model -> plan(model, request, format), (answer, other) -> Figures.top(answer));
    }

    private static Plan<TopNeurons.Answer> plan(HookedModel model, TopRequest request, Format format) {
        HookName hook =
                model.hookPoints().one("", Objects.requireNonNullElse(request.hook, "resid_post"), request.layer);
        TopNeurons.Query query = new TopNeurons.Query(
                hook,
                request.k,
                Objects.requireNonNullElse(request.reduce, TopNeurons.Reduce.MEAN),
                format.isPicture());
        return Plan.of(0, session -> query, TopNeurons::rehearse, TopNeurons::compute);
    }
}
