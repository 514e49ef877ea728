package dev.headlight.web.analysis;

import dev.headlight.interp.circuits.CircuitProgress;
import dev.headlight.interp.circuits.Circuits;
import dev.headlight.interp.intervene.Ablation;
import dev.headlight.interp.patching.SweepQuery;
import dev.headlight.interp.session.Input;
import dev.headlight.interp.session.Session;
import dev.headlight.model.fault.BadSelection;
import dev.headlight.web.AnalysisMapping;
import dev.headlight.web.AnalysisRunner;
import dev.headlight.web.Example;
import dev.headlight.web.Format;
import dev.headlight.web.Plan;
import dev.headlight.web.Reply;
import io.swagger.v3.oas.annotations.media.Schema;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotNull;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.json.JsonMapper;

/** Circuit search: the smallest subgraph found that keeps a share of the metric. */
@RestController
class CircuitsController {
    private static final double DEFAULT_SHARE = 0.8;

    /** How edges are ranked. */
    enum Method {
        /** Edge attribution patching. */
        EAP,
        /** Edge attribution patching with integrated gradients. */
        EAP_IG;

        /** As on the wire. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @Schema(name = "CircuitsRequest")
    record Request(
            @Nullable String model,
            @Nullable Input clean,
            @Nullable Input corrupted,

            @Schema(description = "One input, together with `ablation`.") @Nullable
            Input input,

            @NotNull(message = "is required") @Valid MetricBody metric,

            @Schema(
                    description =
                            "Run whose gradients rank the edges: `noising` takes the clean run, `denoising` the corrupted run.",
                    defaultValue = "noising")
            SweepQuery.@Nullable Direction direction,

            @Schema(description = "What edges outside the circuit carry: values of `input` ablated as in `/patching`.")
            @Nullable
            Ablation ablation,

            @Nullable Long seed,

            @Schema(
                    description =
                            "How edges are ranked: edge attribution patching (`eap`), or edge attribution patching with integrated gradients (`eap_ig`, not with `ablation`). By default `eap_ig`, or `eap` with `ablation`.")
            @Nullable
            Method method,

            @Schema(
                    description = "Number of runs that the gradients of `eap_ig` are averaged over.",
                    defaultValue = "5",
                    minimum = "1",
                    maximum = "100")
            @Nullable
            Integer steps,

            @Schema(
                    description =
                            "Share of the difference of the metric that the circuit must keep: above 0 and at most 1.",
                    defaultValue = "0.8")
            @Nullable
            Double share,

            @Schema(description = "Maximum number of edges. By default, all edges of the model.") @Nullable
            Integer edgesMax,

            @Nullable List<@Valid InterventionBody> interventions,
            @Nullable Boolean addSpecialTokens,
            boolean verify,
            @Nullable String compareTo,
            boolean dryRun)
            implements CleanCorruptedBody {

        private void require() {
            requireInputs("ablation", ablation != null, SweepQuery.Direction.NOISING);
            if (seed != null && ablation != Ablation.RESAMPLE) {
                throw new BadSelection("seed", seed, "applies to ablation resample only");
            }
        }

        /** Whether gradients are integrated; by default, if there are two runs to integrate between. */
        private boolean isIntegrated() {
            return method == null ? ablation == null : method == Method.EAP_IG;
        }

        private Circuits.Query query(Session session, int steps, long seed) {
            return new Circuits.Query(
                    cleanCorrupted(session, SweepQuery.Direction.NOISING, seed),
                    steps,
                    Objects.requireNonNullElse(share, DEFAULT_SHARE),
                    edgesMax);
        }
    }

    private final AnalysisRunner runner;
    private final JsonMapper mapper;

    CircuitsController(AnalysisRunner runner, JsonMapper mapper) {
        this.runner = runner;
        this.mapper = mapper;
    }

    @AnalysisMapping(
            path = "/circuits",
            produces = {MediaType.APPLICATION_JSON_VALUE, MediaType.IMAGE_PNG_VALUE, Format.SVG_VALUE, Format.DOT_VALUE
            },
            summary = "Smallest subgraph found that keeps a share of the metric",
            description = """
                    Ranks the edges between heads, MLPs, embedding and logits by edge attribution patching. Edges are \
                    added strongest first until the circuit, with every other edge carrying its value of the other run, \
                    keeps `share` of the metric. Real runs measure how faithful and complete the circuit is. The picture \
                    shows the graph; `text/vnd.graphviz` returns it in the DOT language. With `Accept: \
                    text/event-stream`, events `progress` (`{"model", "stage", "done", "of", "edges_above", \
                    "edges_at_most"}`) tell how far it is; the event `answer` follows.""",
            answer = Circuits.Answer.class)
    @Example(name = "circuit that moves the name", value = """
            {"clean": "When Mary and John went to the store , John gave a drink to",
             "corrupted": "When Mary and John went to the store , Mary gave a drink to",
             "metric": {"type": "logit_difference", "answer": " Mary", "foil": " John"}}""")
    @Example(name = "half of the metric, ranked by gradients of the corrupted run", value = """
            {"clean": "When Mary and John went to the store , John gave a drink to",
             "corrupted": "When Mary and John went to the store , Mary gave a drink to",
             "method": "eap", "direction": "denoising", "share": 0.5,
             "metric": {"type": "logit_difference", "answer": " Mary", "foil": " John"}}""")
    ResponseEntity<Reply> circuits(@Valid @RequestBody Request request, Format format) {
        request.require();
        return reply(request, format, progress -> {});
    }

    /** Streams how far the search is, for clients that accept server-sent events. */
    @EventStreamMapping(path = "/circuits")
    void stream(@Valid @RequestBody Request request, HttpServletRequest http, HttpServletResponse response) {
        request.require();
        EventStream events = new EventStream(http, response, mapper);
        events.run(request, () -> reply(request, Format.JSON, progress -> events.send("progress", progress)));
    }

    private ResponseEntity<Reply> reply(Request request, Format format, CircuitProgress.Listener listener) {
        int steps = CleanCorruptedBody.steps(request.isIntegrated(), request.steps);
        long seed = request.seedOrRandom();
        return runner.reply(
                request,
                format,
                model -> Plan.of(
                        0,
                        session -> request.query(session, steps, seed),
                        (session, inputs, query) -> Circuits.compute(session, inputs, query, progress -> {}),
                        (session, inputs, query) -> Circuits.compute(session, inputs, query, listener)),
                (answer, other) -> CircuitsFigures.circuit(answer, request.metric));
    }
}
