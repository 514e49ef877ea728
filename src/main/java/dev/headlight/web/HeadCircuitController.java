package dev.headlight.web;

import dev.headlight.interp.HeadCircuit;
import dev.headlight.interp.Input;
import dev.headlight.render.Axis;
import dev.headlight.render.Figure;
import dev.headlight.render.Panel;
import dev.headlight.render.Scale;
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

/** Below {@code /heads}, whose scores say which head is worth it. */
@RestController
@Tag(name = "Analyses")
class HeadCircuitController {
    @Schema(name = "HeadCircuitRequest")
    record Request(
            @Schema(description = Docs.MODEL) @Nullable String model,

            @NotNull(message = "is required")
            @Schema(description = "Whose tokens the head reads (`ov`) or stands on (`qk`), each by itself.")
            Input input,

            @NotNull(message = "is required") @Schema(example = "3")
            Integer layer,

            @NotNull(message = "is required") @Schema(example = "0")
            Integer head,

            @NotNull(message = "is required")
            @Schema(
                    description =
                            "`ov`: which tokens the head promotes and suppresses where it reads one; `qk`: which keys it scores highest and lowest where it stands on one.")
            HeadCircuit.Kind circuit,

            @Schema(description = "How many tokens are listed at either end.", defaultValue = "10") @Nullable
            Integer topK,

            @Schema(description = Docs.ENCODING, defaultValue = "nested") @Nullable
            Encoding encoding,

            @Schema(description = Docs.SPECIAL_TOKENS, defaultValue = "true") @Nullable
            Boolean addSpecialTokens,

            @Schema(description = Docs.VERIFY, defaultValue = "false")
            boolean verify,

            @Schema(description = Docs.COMPARE_TO) @Nullable String compareTo,

            @Schema(description = Docs.DRY_RUN, defaultValue = "false")
            boolean dryRun)
            implements AnalysisRequest.OfEachInput {
        HeadCircuit.Query query() {
            return new HeadCircuit.Query(layer, head, circuit, topK);
        }
    }

    private final AnalysisRunner runner;

    HeadCircuitController(AnalysisRunner runner) {
        this.runner = runner;
    }

    @PostMapping(
            path = "/heads/circuits",
            consumes = MediaType.APPLICATION_JSON_VALUE,
            produces = {
                MediaType.APPLICATION_JSON_VALUE,
                Format.SAFETENSORS_VALUE,
                Format.NPY_VALUE,
                MediaType.IMAGE_PNG_VALUE,
                Format.SVG_VALUE
            })
    @Operation(
            summary = "What a head promotes, and what it looks for",
            description =
                    "The OV or the QK circuit of a head over the vocabulary, read off the weights. As a picture, among the input's own tokens.")
    @io.swagger.v3.oas.annotations.parameters.RequestBody(
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_JSON_VALUE,
                            schema = @Schema(implementation = Request.class),
                            examples = {
                                @ExampleObject(name = "what it promotes", value = Examples.CIRCUIT_OV),
                                @ExampleObject(name = "what it looks for", value = Examples.CIRCUIT_QK)
                            }))
    @ApiResponse(
            responseCode = "200",
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_JSON_VALUE,
                            schema = @Schema(implementation = HeadCircuit.Answer.class)))
    ResponseEntity<Reply> circuit(@Valid @RequestBody Request request, Format format) {
        return runner.reply(
                request,
                format,
                model -> Plan.of(1, session -> request.query(), HeadCircuit::compute),
                HeadCircuitController::picture);
    }

    /** The tokens that are read or that ask down, the others across. */
    private static Figure picture(HeadCircuit.Answer answer, @Nullable String other) {
        HeadCircuit.Result result = answer.results().get(0);
        List<String> axes = result.circuit().dims();
        Axis rows = new Axis(axes.get(0), result.tokens());
        Axis columns = new Axis(axes.get(1), result.tokens());
        List<Panel> panels = List.of(new Panel(null, result.circuit().toFloats(), rows, columns));
        String unit = answer.circuit().equals("ov") ? "logits, norm scale 1" : "attention score";
        Scale scale = Scale.diverging(panels, other == null ? unit : "difference of " + unit);
        String name = Figures.named(answer.model(), other);
        String title = name + ", " + answer.circuit().toUpperCase(java.util.Locale.ROOT) + " circuit, layer "
                + answer.layer() + ", head " + answer.head();
        return new Figure(title, panels, 1, scale);
    }
}
