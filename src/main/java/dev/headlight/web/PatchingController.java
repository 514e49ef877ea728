package dev.headlight.web;

import dev.headlight.interp.Ablation;
import dev.headlight.interp.Grid;
import dev.headlight.interp.Input;
import dev.headlight.interp.Patch;
import dev.headlight.interp.Patching;
import dev.headlight.interp.Session;
import dev.headlight.interp.Sweep;
import dev.headlight.model.BadSelection;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.ExampleObject;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotEmpty;
import jakarta.validation.constraints.NotNull;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.json.JsonMapper;

@RestController
@Tag(name = "Analyses")
class PatchingController {
    private static final int TENSORS = 2; // an ablation has 1; npy holds neither

    @Schema(name = "PatchingRequest")
    record Request(
            @Schema(description = Docs.MODEL) @Nullable String model,
            @Schema(description = Docs.CLEAN) @Nullable Input clean,
            @Schema(description = Docs.CORRUPTED) @Nullable Input corrupted,

            @Schema(description = "One input, with `ablation` or `noise`.") @Nullable
            Input input,

            @NotNull(message = "is required") @Schema(description = Docs.PATCHED, example = "resid_post")
            String hook,

            @NotEmpty(message = "is required, and must not be empty")
            @Schema(description = Docs.OVER, example = "[\"layer\", \"position\"]")
            List<Grid.Axis> over,

            @Schema(description = Docs.LAYERS) @Nullable List<Integer> layers,
            @Schema(description = Docs.POSITIONS) @Nullable List<Integer> positions,
            @Schema(description = Docs.HEADS) @Nullable List<Integer> heads,
            @Schema(description = Docs.NEURONS) @Nullable List<Integer> neurons,

            @Schema(
                    description = "How many layers around a cell's own are patched together, clipped at the ends.",
                    defaultValue = "1")
            @Nullable
            Integer window,

            @NotNull(message = "is required") @Valid MetricBody metric,

            @Schema(description = Docs.DIRECTION, defaultValue = "denoising")
            Patch.@Nullable Direction direction,

            @Schema(description = Docs.ABLATION) @Nullable Ablation ablation,

            @Schema(description = "Of `resample`; chosen and returned where absent.") @Nullable
            Long seed,

            @Valid @Nullable NoiseBody noise,

            @Schema(description = "Path patching: the only ones that hear of a patch; all where absent.") @Nullable
            List<@Valid ReceiverBody> receivers,

            @Schema(
                    description = "Whether the MLPs between a patch and its receivers are frozen too.",
                    defaultValue = "true")
            @Nullable
            Boolean freezeMlps,

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

        void require() {
            requireInputs("ablation or noise", ablation != null || noise != null);
            if (ablation != null && noise != null) {
                throw new BadSelection("noise", "and ablation exclude each other");
            }
            if (seed != null && ablation != Ablation.RESAMPLE) {
                throw new BadSelection("seed", seed, "applies to ablation resample only; noise has its own");
            }
            if (freezeMlps != null && receivers == null) {
                throw new BadSelection("freeze_mlps", freezeMlps, "applies to receivers only");
            }
            if (receivers != null && receivers.isEmpty()) {
                throw new BadSelection("receivers", "must not be empty; leave it out for all that there are");
            }
        }

        private Patching.Query query(Session session, long seed) {
            return new Patching.Query(
                    patch(session, window == null ? 1 : window, seed),
                    noise == null ? null : noise.read(seed),
                    ReceiverBody.read(receivers, session.model().hookPoints()),
                    freezeMlps == null || freezeMlps);
        }
    }

    private static final Logger LOG = LoggerFactory.getLogger(PatchingController.class);

    private final AnalysisRunner runner;
    private final JsonMapper mapper;

    PatchingController(AnalysisRunner runner, JsonMapper mapper) {
        this.runner = runner;
        this.mapper = mapper;
    }

    @PostMapping(
            path = "/patching",
            consumes = MediaType.APPLICATION_JSON_VALUE,
            produces = {
                MediaType.APPLICATION_JSON_VALUE,
                Format.SAFETENSORS_VALUE,
                MediaType.IMAGE_PNG_VALUE,
                Format.SVG_VALUE
            })
    @Operation(
            summary = "Which part carries an effect",
            description =
                    "A metric of one run with each part in turn as it is in another run, ablated, or restored in a run with noise. As a picture, the grid minus the run that is patched into. With `Accept: text/event-stream` cells come as they are found, as events `cells` (`{\"cells\": [{\"index\", \"value\"}], \"done\", \"of\"}`), and then the event `answer`.")
    @io.swagger.v3.oas.annotations.parameters.RequestBody(
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_JSON_VALUE,
                            schema = @Schema(implementation = Request.class),
                            examples = {
                                @ExampleObject(
                                        name = "where the capital is, layer by position",
                                        value = Examples.PATCHING_RESIDUAL),
                                @ExampleObject(name = "which heads matter", value = Examples.PATCHING_ABLATION),
                                @ExampleObject(name = "causal tracing", value = Examples.PATCHING_TRACING),
                                @ExampleObject(
                                        name = "direct effects of heads on the logits",
                                        value = Examples.PATCHING_PATHS)
                            }))
    @ApiResponse(
            responseCode = "200",
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_JSON_VALUE,
                            schema = @Schema(implementation = Patching.Answer.class)))
    ResponseEntity<Reply> patching(@Valid @RequestBody Request request, Format format) {
        request.require();
        return runner.reply(
                request,
                format,
                planner(request, (cells, values) -> {}),
                (answer, other) -> PatchingFigures.patching(answer, request, other));
    }

    /** The same as it goes on, where the client asks for that. */
    @PostMapping(
            path = "/patching",
            consumes = MediaType.APPLICATION_JSON_VALUE,
            produces = MediaType.TEXT_EVENT_STREAM_VALUE)
    @Operation(hidden = true)
    void stream(@Valid @RequestBody Request request, HttpServletResponse response) {
        request.require();
        if (request.dryRun) {
            throw new FormCheck.NotInThisForm("dry_run: " + MediaType.TEXT_EVENT_STREAM_VALUE
                    + " cannot hold the cost; accept " + MediaType.APPLICATION_JSON_VALUE + " instead");
        }
        CellStream events = new CellStream(response, mapper);
        try {
            ResponseEntity<Reply> reply = runner.reply(
                    request,
                    Format.JSON,
                    planner(request, events),
                    (answer, other) -> PatchingFigures.patching(answer, request, other));
            events.answer(Objects.requireNonNull(reply.getBody()));
        } catch (CellStream.ClientGone e) {
            LOG.debug("A sweep stops: its client has gone");
        }
    }

    /** One seed for every model that is asked. */
    private static Plan.Planner<Patching.Answer> planner(Request request, Sweep.Listener listener) {
        long seed = request.seedOrAny();
        return model -> Plan.of(
                TENSORS,
                session -> request.query(session, seed),
                (session, inputs, query) -> Patching.compute(session, inputs, query, (cells, values) -> {}),
                (session, inputs, query) -> Patching.compute(session, inputs, query, listener));
    }
}
