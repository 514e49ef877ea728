package dev.headlight.web;

import dev.headlight.interp.AttentionPatterns;
import dev.headlight.interp.Input;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.ExampleObject;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.validation.Valid;
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
class AttentionController {
    @Schema(name = "AttentionRequest")
    record Request(
            @Schema(description = Docs.MODEL) @Nullable String model,
            @NotNull(message = "is required") Input input,

            @Schema(description = "Layers, in the order wanted; all where absent.") @Nullable
            List<Integer> layers,

            @Schema(description = "Heads, in the order wanted; all where absent.") @Nullable
            List<Integer> heads,

            @Schema(description = "Whether the chosen heads become their mean.", defaultValue = "false") @Nullable
            Boolean averageHeads,

            @Schema(
                    description =
                            "`pattern`: probabilities; `scores`: before softmax, null where masked; `value_weighted`: pattern · ‖v W_O‖₂.",
                    defaultValue = "pattern")
            AttentionPatterns.@Nullable Kind kind,

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
        AttentionPatterns.Query query() {
            boolean average = averageHeads != null && averageHeads;
            return new AttentionPatterns.Query(
                    layers, heads, average, Objects.requireNonNullElse(kind, AttentionPatterns.Kind.PATTERN));
        }
    }

    private final AnalysisRunner runner;

    AttentionController(AnalysisRunner runner) {
        this.runner = runner;
    }

    @PostMapping(
            path = "/attention",
            consumes = MediaType.APPLICATION_JSON_VALUE,
            produces = {
                MediaType.APPLICATION_JSON_VALUE,
                Format.SAFETENSORS_VALUE,
                Format.NPY_VALUE,
                MediaType.IMAGE_PNG_VALUE,
                Format.SVG_VALUE
            })
    @Operation(
            summary = "Where each head looks",
            description =
                    "Attention of every layer and head for each input, `[layer, head, query, key]`; as a picture, a labelled grid of heatmaps on one scale.")
    @io.swagger.v3.oas.annotations.parameters.RequestBody(
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_JSON_VALUE,
                            schema = @Schema(implementation = Request.class),
                            examples = {
                                @ExampleObject(name = "every head", value = Examples.ATTENTION_ALL),
                                @ExampleObject(name = "one head, for a picture", value = Examples.ATTENTION_HEAD),
                                @ExampleObject(name = "mean over heads, ids", value = Examples.ATTENTION_MEAN),
                                @ExampleObject(
                                        name = "one head, and how exact it is",
                                        value = Examples.ATTENTION_VERIFIED)
                            }))
    @ApiResponse(
            responseCode = "200",
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_JSON_VALUE,
                            schema = @Schema(implementation = AttentionPatterns.Answer.class)))
    ResponseEntity<Reply> attention(@Valid @RequestBody Request request, Format format) {
        AttentionPatterns.Query query = request.query();
        return runner.reply(
                request,
                format,
                model -> Plan.of(1, session -> query, AttentionPatterns::compute),
                (answer, other) -> Figures.attention(answer, query, other));
    }
}
