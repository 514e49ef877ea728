package dev.headlight.web;

import dev.headlight.interp.Ablation;
import dev.headlight.interp.Circuits;
import dev.headlight.interp.Input;
import dev.headlight.interp.Patch;
import dev.headlight.interp.Session;
import dev.headlight.model.BadSelection;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.ExampleObject;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotNull;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

@RestController
@Tag(name = "Analyses")
class CircuitsController {
    private static final double SHARE = 0.8;

    /** How edges are ranked. */
    enum Method {
        /** Edge attribution patching. */
        EAP,
        /** The same with integrated gradients. */
        EAP_IG;

        /** As on the wire. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @Schema(name = "CircuitsRequest")
    record Request(
            @Schema(description = Docs.MODEL) @Nullable String model,
            @Schema(description = Docs.CLEAN) @Nullable Input clean,
            @Schema(description = Docs.CORRUPTED) @Nullable Input corrupted,

            @Schema(description = "One input, with `ablation`.") @Nullable
            Input input,

            @NotNull(message = "is required") @Valid MetricBody metric,

            @Schema(
                    description =
                            "Which run's gradients edges are ranked by: `noising` those of the clean one, `denoising` those of the corrupted one.",
                    defaultValue = "noising")
            Patch.@Nullable Direction direction,

            @Schema(description = "What edges outside the circuit carry of `input`: see `/patching`.") @Nullable
            Ablation ablation,

            @Schema(description = "Of `resample`; chosen and returned where absent.") @Nullable
            Long seed,

            @Schema(
                    description =
                            "What edges are ranked by: edge attribution patching (`eap`), or that with integrated gradients (`eap_ig`), which an ablation has not.",
                    defaultValue = "eap_ig")
            @Nullable
            Method method,

            @Schema(description = Docs.STEPS + " Of `eap_ig`.", defaultValue = "5", minimum = "1", maximum = "100")
            @Nullable
            Integer steps,

            @Schema(
                    description =
                            "How much of what the metric differs by the circuit is to keep: above 0 and at most 1.",
                    defaultValue = "0.8")
            @Nullable
            Double share,

            @Schema(description = "Most edges of the circuit; all that the model has where absent.") @Nullable
            Integer edgesMax,

            @Schema(description = Docs.INTERVENTIONS) @Nullable
            List<@Valid InterventionBody> interventions,

            @Schema(description = Docs.SPECIAL_TOKENS, defaultValue = "true") @Nullable
            Boolean addSpecialTokens,

            @Schema(description = Docs.VERIFY, defaultValue = "false")
            boolean verify,

            @Schema(description = Docs.COMPARE_TO) @Nullable String compareTo,

            @Schema(description = Docs.DRY_RUN, defaultValue = "false")
            boolean dryRun)
            implements ContrastBody {

        private void require() {
            requireInputs("ablation", ablation != null);
            if (seed != null && ablation != Ablation.RESAMPLE) {
                throw new BadSelection("seed", seed, "applies to ablation resample only");
            }
        }

        /** By default wherever there are two runs to integrate between. */
        private boolean isIntegrated() {
            return method == null ? ablation == null : method == Method.EAP_IG;
        }

        private Circuits.Query query(Session session, int steps, long seed) {
            return new Circuits.Query(
                    contrast(session, Patch.Direction.NOISING, seed),
                    steps,
                    Objects.requireNonNullElse(share, SHARE),
                    edgesMax);
        }
    }

    private final AnalysisRunner runner;

    CircuitsController(AnalysisRunner runner) {
        this.runner = runner;
    }

    @PostMapping(
            path = "/circuits",
            consumes = MediaType.APPLICATION_JSON_VALUE,
            produces = {MediaType.APPLICATION_JSON_VALUE, MediaType.IMAGE_PNG_VALUE, Format.SVG_VALUE, Format.DOT_VALUE
            })
    @Operation(
            summary = "The smallest subgraph found that keeps a share of the metric",
            description =
                    "Edges between heads, MLPs, embedding and logits, the strongest by edge attribution patching; as many as it takes with all others carrying what they carry in the other run. How faithful and complete the circuit is, is measured by real runs. As a picture or in Graphviz' language, the graph.")
    @io.swagger.v3.oas.annotations.parameters.RequestBody(
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_JSON_VALUE,
                            schema = @Schema(implementation = Request.class),
                            examples = {
                                @ExampleObject(name = "who moves the name", value = CircuitExamples.CIRCUIT),
                                @ExampleObject(
                                        name = "half of the metric, ranked by the gradients of the corrupted run",
                                        value = CircuitExamples.CIRCUIT_HALF)
                            }))
    @ApiResponse(
            responseCode = "200",
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_JSON_VALUE,
                            schema = @Schema(implementation = Circuits.Answer.class)))
    ResponseEntity<Reply> circuits(@Valid @RequestBody Request request, Format format) {
        request.require();
        int steps = ContrastBody.steps(request.isIntegrated(), request.steps);
        long seed = request.seedOrAny();
        return runner.reply(
                request,
                format,
                model -> Plan.of(0, session -> request.query(session, steps, seed), Circuits::compute),
                (answer, other) -> CircuitFigures.circuit(answer, request.metric));
    }
}
