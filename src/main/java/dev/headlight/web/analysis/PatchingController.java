package dev.headlight.web.analysis;

import dev.headlight.interp.intervene.Ablation;
import dev.headlight.interp.patching.Patching;
import dev.headlight.interp.patching.Sweep;
import dev.headlight.interp.patching.SweepGrid;
import dev.headlight.interp.patching.SweepQuery;
import dev.headlight.interp.session.Input;
import dev.headlight.interp.session.Session;
import dev.headlight.model.fault.BadSelection;
import dev.headlight.web.AnalysisMapping;
import dev.headlight.web.AnalysisRunner;
import dev.headlight.web.Encoding;
import dev.headlight.web.Example;
import dev.headlight.web.Format;
import dev.headlight.web.Plan;
import dev.headlight.web.Reply;
import io.swagger.v3.oas.annotations.media.Schema;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotEmpty;
import jakarta.validation.constraints.NotNull;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.json.JsonMapper;

/** Activation patching, path patching and causal tracing: one metric value per cell of a grid. */
@RestController
class PatchingController {
    private static final int TENSORS = 2; // or 1 for an ablation; an npy file is not offered

    @Schema(name = "PatchingRequest")
    record Request(
            @Nullable String model,
            @Nullable Input clean,
            @Nullable Input corrupted,

            @Schema(description = "One input, together with `ablation` or `noise`.") @Nullable
            Input input,

            @NotNull(message = "is required")
            @Schema(
                    description =
                            "Hook point in the layers: a short name (`resid_post`), or a full name with one layer (`blocks.3.hook_resid_post`) or `*` for every layer.",
                    example = "resid_post")
            String hook,

            @NotEmpty(message = "is required, and must not be empty") @Schema(example = "[\"layer\", \"position\"]")
            List<SweepGrid.Axis> over,

            @Nullable List<Integer> layers,
            @Nullable List<Integer> positions,
            @Nullable List<Integer> heads,
            @Nullable List<Integer> neurons,

            @Schema(
                    description =
                            "Number of adjacent layers, centred on the cell's layer, that are patched together. Clipped at the first and last layer.",
                    defaultValue = "1")
            @Nullable
            Integer window,

            @NotNull(message = "is required") @Valid MetricBody metric,
            SweepQuery.@Nullable Direction direction,
            @Nullable Ablation ablation,
            @Nullable Long seed,
            @Valid @Nullable NoiseBody noise,

            @Schema(description = "Path patching: only these receivers see a patch. By default, every part sees it.")
            @Nullable
            List<@Valid ReceiverBody> receivers,

            @Schema(
                    description = "Whether to freeze the MLPs between a patch and its receivers too.",
                    defaultValue = "true")
            @Nullable
            Boolean freezeMlps,

            @Nullable List<@Valid InterventionBody> interventions,
            @Nullable Encoding encoding,
            @Nullable Boolean addSpecialTokens,
            boolean verify,
            @Nullable String compareTo,
            boolean dryRun)
            implements SweepBody {

        void require() {
            requireInputs("ablation or noise", ablation != null || noise != null, SweepQuery.Direction.DENOISING);
            if (ablation != null && noise != null) {
                throw new BadSelection("noise", "must not be given together with ablation");
            }
            if (seed != null && ablation != Ablation.RESAMPLE) {
                throw new BadSelection("seed", seed, "applies to ablation resample only; noise has its own");
            }
            if (Boolean.FALSE.equals(freezeMlps) && receivers == null) {
                throw new BadSelection("freeze_mlps", false, "applies to receivers only");
            }
            if (receivers != null && receivers.isEmpty()) {
                throw new BadSelection("receivers", "must not be empty; omit it to let every part see the patch");
            }
        }

        @Override
        public boolean deterministic() {
            return SweepBody.super.deterministic() && (noise == null || noise.deterministic());
        }

        private Patching.Query query(Session session, long seed) {
            return new Patching.Query(
                    sweepQuery(session, window == null ? 1 : window, seed),
                    noise == null ? null : noise.read(seed),
                    ReceiverBody.read(receivers, session.model().hookPoints()),
                    freezeMlps == null || freezeMlps);
        }
    }

    private final AnalysisRunner runner;
    private final JsonMapper mapper;

    PatchingController(AnalysisRunner runner, JsonMapper mapper) {
        this.runner = runner;
        this.mapper = mapper;
    }

    @AnalysisMapping(
            path = "/patching",
            produces = {
                MediaType.APPLICATION_JSON_VALUE,
                Format.SAFETENSORS_VALUE,
                MediaType.IMAGE_PNG_VALUE,
                Format.SVG_VALUE
            },
            summary = "Which part carries an effect",
            description = """
                    Activation patching. One metric value per cell of `over`: that part is taken from another run, \
                    ablated, or restored in a run with noise. The picture shows the change against the base run. With \
                    `Accept: text/event-stream`, cells are sent as they are computed, as events `cells` (`{"cells": \
                    [{"index", "value"}], "done", "of"}`); the event `answer` follows.""",
            answer = Patching.Answer.class)
    @Example(name = "where the capital is, layer by position", value = """
            {"clean": "The capital of France is", "corrupted": "The capital of Italy is",
             "hook": "resid_post", "over": ["layer", "position"],
             "metric": {"type": "logit_difference", "answer": " Paris", "foil": " Rome"}}""")
    @Example(name = "which heads matter", value = """
            {"input": "When Mary and John went to the store , John gave a drink to",
             "ablation": "mean", "hook": "z", "over": ["layer", "head"],
             "metric": {"type": "logit_difference", "answer": " Mary", "foil": " John"}}""")
    @Example(name = "causal tracing", value = """
            {"input": "The capital of France is", "noise": {"positions": [4], "samples": 4, "seed": 0},
             "hook": "mlp_out", "over": ["layer", "position"], "window": 3,
             "metric": {"type": "log_probability", "answer": " Paris"}}""")
    @Example(name = "direct effects of heads on the logits", value = """
            {"clean": "When Mary and John went to the store , John gave a drink to",
             "corrupted": "When Mary and John went to the store , Mary gave a drink to",
             "hook": "z", "over": ["layer", "head"], "receivers": [{"hook": "resid_post", "layer": 3}],
             "metric": {"type": "logit_difference", "answer": " Mary", "foil": " John"}}""")
    ResponseEntity<Reply> patching(@Valid @RequestBody Request request, Format format) {
        request.require();
        return reply(request, format, (cells, values) -> {});
    }

    /** Streams the cells as they are computed, for clients that accept server-sent events. */
    @EventStreamMapping(path = "/patching")
    void stream(@Valid @RequestBody Request request, HttpServletRequest http, HttpServletResponse response) {
        request.require();
        EventStream events = new EventStream(http, response, mapper);
        events.run(request, () -> reply(request, Format.JSON, new CellEvents(events)));
    }

    private ResponseEntity<Reply> reply(Request request, Format format, Sweep.Listener listener) {
        return runner.reply(
                request,
                format,
                planner(request, listener),
                (answer, other) -> PatchingFigures.patching(answer, request, other));
    }

    /** Uses the same seed for both models of a comparison. */
    private static Plan.Planner<Patching.Answer> planner(Request request, Sweep.Listener listener) {
        long seed = request.seedOrRandom();
        return model -> Plan.of(
                TENSORS,
                session -> request.query(session, seed),
                (session, inputs, query) -> Patching.compute(session, inputs, query, (cells, values) -> {}),
                (session, inputs, query) -> Patching.compute(session, inputs, query, listener));
    }
}
