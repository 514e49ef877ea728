package dev.headlight.web.analysis;

import dev.headlight.interp.circuits.EdgeAttribution;
import dev.headlight.interp.intervene.Ablation;
import dev.headlight.interp.patching.AttributionPatching;
import dev.headlight.interp.patching.SweepGrid;
import dev.headlight.interp.patching.SweepQuery;
import dev.headlight.interp.session.Input;
import dev.headlight.model.fault.BadSelection;
import dev.headlight.web.AnalysisMapping;
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
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/** Attribution patching, and edge attribution patching. */
@RestController
class AttributionPatchingController {
    private static final int TENSORS = 2; // or 1 for an ablation; an npy file is not offered
    private static final List<SweepGrid.Axis> EDGES = List.of(SweepGrid.Axis.SENDER, SweepGrid.Axis.RECEIVER);

    @Schema(name = "AttributionPatchingRequest")
    record Request(
            @Nullable String model,
            @Nullable Input clean,
            @Nullable Input corrupted,

            @Schema(description = "One input, together with `ablation`.") @Nullable
            Input input,

            @Schema(
                    description =
                            "Hook point in the layers: a short name (`resid_post`), or a full name with one layer (`blocks.3.hook_resid_post`) or `*` for every layer. Not for edges.",
                    example = "resid_post")
            @Nullable
            String hook,

            @NotEmpty(message = "is required, and must not be empty")
            @Schema(
                    description =
                            "Axes of the grid, as in `/patching`; or `[\"sender\", \"receiver\"]` for the edges of the computational graph.",
                    example = "[\"layer\", \"position\"]")
            List<SweepGrid.Axis> over,

            @Nullable List<Integer> layers,
            @Nullable List<Integer> positions,
            @Nullable List<Integer> heads,
            @Nullable List<Integer> neurons,
            @NotNull(message = "is required") @Valid MetricBody metric,
            SweepQuery.@Nullable Direction direction,
            @Nullable Ablation ablation,
            @Nullable Long seed,

            @Schema(
                    description =
                            "Where gradients are taken: `gradient` takes them in the base run. `integrated_gradients` averages them over several runs whose embeddings interpolate between the two inputs.",
                    defaultValue = "gradient")
            AttributionPatching.@Nullable Method method,

            @Schema(defaultValue = "5", minimum = "1", maximum = "100") @Nullable
            Integer steps,

            @Schema(description = "How many of the strongest cells to patch exactly as well. By default, none.")
            @Nullable
            Integer exact,

            @Nullable List<@Valid InterventionBody> interventions,
            @Nullable Encoding encoding,
            @Nullable Boolean addSpecialTokens,
            boolean verify,
            @Nullable String compareTo,
            boolean dryRun)
            implements SweepBody {

        private void require() {
            requireInputs("ablation", ablation != null, SweepQuery.Direction.DENOISING);
            if (seed != null && ablation != Ablation.RESAMPLE) {
                throw new BadSelection("seed", seed, "applies to ablation resample only");
            }
            if (patchesEdges()) {
                refuse("hook", hook);
                refuse("layers", layers);
                refuse("positions", positions);
                refuse("heads", heads);
                refuse("neurons", neurons);
            }
        }

        private static void refuse(String field, @Nullable Object given) {
            if (given != null) {
                throw new BadSelection(field, "does not apply to edges (over sender and receiver)");
            }
        }

        private boolean patchesEdges() {
            return over.equals(EDGES);
        }
    }

    private final AnalysisRunner runner;

    AttributionPatchingController(AnalysisRunner runner) {
        this.runner = runner;
    }

    @AnalysisMapping(
            path = "/attribution-patching",
            produces = {
                MediaType.APPLICATION_JSON_VALUE,
                Format.SAFETENSORS_VALUE,
                MediaType.IMAGE_PNG_VALUE,
                Format.SVG_VALUE
            },
            summary = "Estimated effect of every patch at once",
            description = """
                    Attribution patching: a first-order estimate of how patching each cell of a grid would change the \
                    metric. All cells together take one forward pass on each input and one backward pass. With `over` \
                    sender and receiver, edge attribution patching: the effect of each edge of the computational graph. \
                    The picture shows the grid.""",
            answer = AttributionPatching.Answer.class)
    @Example(name = "heads, with the strongest patched exactly", value = """
            {"clean": "When Mary and John went to the store , John gave a drink to",
             "corrupted": "When Mary and John went to the store , Mary gave a drink to",
             "hook": "z", "over": ["layer", "head"], "exact": 3,
             "metric": {"type": "logit_difference", "answer": " Mary", "foil": " John"}}""")
    @Example(name = "edges, with integrated gradients", value = """
            {"clean": "When Mary and John went to the store , John gave a drink to",
             "corrupted": "When Mary and John went to the store , Mary gave a drink to",
             "over": ["sender", "receiver"], "method": "integrated_gradients", "steps": 5,
             "metric": {"type": "logit_difference", "answer": " Mary", "foil": " John"}}""")
    ResponseEntity<Reply> attributionPatching(@Valid @RequestBody Request request, Format format) {
        request.require();
        int steps = CleanCorruptedBody.steps(
                request.method == AttributionPatching.Method.INTEGRATED_GRADIENTS, request.steps);
        long seed = request.seedOrRandom();
        return runner.reply(
                request,
                format,
                model -> plan(request, steps, seed),
                (answer, other) -> AttributionPatchingFigures.estimates(answer, request, other));
    }

    private static Plan<AttributionPatching.Answer> plan(Request request, int steps, long seed) {
        if (!request.patchesEdges()) {
            return Plan.of(
                    TENSORS,
                    session ->
                            new AttributionPatching.Query(request.sweepQuery(session, 1, seed), steps, request.exact),
                    AttributionPatching::compute);
        }
        return Plan.of(
                TENSORS,
                session -> new EdgeAttribution.Query(
                        request.cleanCorrupted(session, SweepQuery.Direction.DENOISING, seed), steps, request.exact),
                EdgeAttribution::compute);
    }
}
