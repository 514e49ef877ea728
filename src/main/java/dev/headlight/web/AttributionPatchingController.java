package dev.headlight.web;

import dev.headlight.interp.Ablation;
import dev.headlight.interp.AttributionPatching;
import dev.headlight.interp.EdgeAttribution;
import dev.headlight.interp.Grid;
import dev.headlight.interp.Input;
import dev.headlight.interp.Patch;
import dev.headlight.model.BadSelection;
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
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

@RestController
@Tag(name = "Analyses")
class AttributionPatchingController {
    private static final int TENSORS = 2; // an ablation has 1; npy holds neither
    private static final List<Grid.Axis> EDGES = List.of(Grid.Axis.SENDER, Grid.Axis.RECEIVER);

    @Schema(name = "AttributionPatchingRequest")
    record Request(
            @Schema(description = Docs.MODEL) @Nullable String model,
            @Schema(description = Docs.CLEAN) @Nullable Input clean,
            @Schema(description = Docs.CORRUPTED) @Nullable Input corrupted,

            @Schema(description = "One input, with `ablation`.") @Nullable
            Input input,

            @Schema(description = Docs.PATCHED + " None for edges.", example = "resid_post") @Nullable
            String hook,

            @NotEmpty(message = "is required, and must not be empty")
            @Schema(
                    description = Docs.OVER + " Or the edges of the model, sender and receiver.",
                    example = "[\"layer\", \"position\"]")
            List<Grid.Axis> over,

            @Schema(description = Docs.LAYERS) @Nullable List<Integer> layers,
            @Schema(description = Docs.POSITIONS) @Nullable List<Integer> positions,
            @Schema(description = Docs.HEADS) @Nullable List<Integer> heads,
            @Schema(description = Docs.NEURONS) @Nullable List<Integer> neurons,
            @NotNull(message = "is required") @Valid MetricBody metric,

            @Schema(description = Docs.DIRECTION, defaultValue = "denoising")
            Patch.@Nullable Direction direction,

            @Schema(description = Docs.ABLATION) @Nullable Ablation ablation,

            @Schema(description = "Of `resample`; chosen and returned where absent.") @Nullable
            Long seed,

            @Schema(description = Docs.SLOPE, defaultValue = "gradient")
            AttributionPatching.@Nullable Method method,

            @Schema(description = Docs.STEPS, defaultValue = "5", minimum = "1", maximum = "100") @Nullable
            Integer steps,

            @Schema(description = "How many cells, strongest first, are really patched too; none where absent.")
            @Nullable
            Integer exact,

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
            implements PatchBody {

        private void require() {
            requireInputs("ablation", ablation != null);
            if (seed != null && ablation != Ablation.RESAMPLE) {
                throw new BadSelection("seed", seed, "applies to ablation resample only");
            }
            if (isOfEdges()) {
                refuse("hook", hook);
                refuse("layers", layers);
                refuse("positions", positions);
                refuse("heads", heads);
                refuse("neurons", neurons);
            }
        }

        private static void refuse(String field, @Nullable Object given) {
            if (given != null) {
                throw new BadSelection(field, "does not apply to edges, over sender and receiver");
            }
        }

        private boolean isOfEdges() {
            return over.equals(EDGES);
        }
    }

    private final AnalysisRunner runner;

    AttributionPatchingController(AnalysisRunner runner) {
        this.runner = runner;
    }

    @PostMapping(
            path = "/attribution-patching",
            consumes = MediaType.APPLICATION_JSON_VALUE,
            produces = {
                MediaType.APPLICATION_JSON_VALUE,
                Format.SAFETENSORS_VALUE,
                MediaType.IMAGE_PNG_VALUE,
                Format.SVG_VALUE
            })
    @Operation(
            summary = "Which part carries an effect, estimated at once",
            description =
                    "What patching each cell of a grid would change, to first order: of all layers and cells from one pass forward on each input and one back. Also of each edge between the model's parts. As a picture, the grid.")
    @io.swagger.v3.oas.annotations.parameters.RequestBody(
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_JSON_VALUE,
                            schema = @Schema(implementation = Request.class),
                            examples = {
                                @ExampleObject(
                                        name = "heads, the strongest really patched too",
                                        value = CircuitExamples.HEADS),
                                @ExampleObject(name = "edges, with integrated gradients", value = CircuitExamples.EDGES)
                            }))
    @ApiResponse(
            responseCode = "200",
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_JSON_VALUE,
                            schema = @Schema(implementation = AttributionPatching.Answer.class)))
    ResponseEntity<Reply> attributionPatching(@Valid @RequestBody Request request, Format format) {
        request.require();
        int steps =
                ContrastBody.steps(request.method == AttributionPatching.Method.INTEGRATED_GRADIENTS, request.steps);
        long seed = request.seedOrAny();
        return runner.reply(
                request,
                format,
                model -> plan(request, steps, seed),
                (answer, other) -> AttributionPatchingFigures.estimates(answer, request, other));
    }

    private static Plan<AttributionPatching.Answer> plan(Request request, int steps, long seed) {
        if (!request.isOfEdges()) {
            return Plan.of(
                    TENSORS,
                    session -> new AttributionPatching.Query(request.patch(session, 1, seed), steps, request.exact),
                    AttributionPatching::compute);
        }
        return Plan.of(
                TENSORS,
                session -> new EdgeAttribution.Query(
                        request.contrast(session, Patch.Direction.DENOISING, seed), steps, request.exact),
                EdgeAttribution::compute);
    }
}
