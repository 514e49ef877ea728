package dev.headlight.web.analysis;

import dev.headlight.interp.attribution.Attribution;
import dev.headlight.interp.intervene.Intervention;
import dev.headlight.interp.session.Input;
import dev.headlight.interp.session.Session;
import dev.headlight.model.HookedModel;
import dev.headlight.model.fault.BadSelection;
import dev.headlight.web.AnalysisMapping;
import dev.headlight.web.AnalysisRequest;
import dev.headlight.web.AnalysisRunner;
import dev.headlight.web.Encoding;
import dev.headlight.web.Example;
import dev.headlight.web.Format;
import dev.headlight.web.Plan;
import dev.headlight.web.Reply;
import io.swagger.v3.oas.annotations.media.Schema;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotNull;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/** Direct logit attribution. */
@RestController
class AttributionController {
    private static final int TENSORS = 9; // or more: an npy file, which holds one, is not offered

    @Schema(name = "AttributionRequest")
    record Request(
            @Nullable String model,
            @NotNull(message = "is required") Input input,

            @NotNull(message = "is required")
            @Valid
            @Schema(
                    description =
                            "A `logit` or a `logit_difference`. Other metrics are not linear in the residual stream.")
            MetricBody metric,

            @Schema(
                    description =
                            "Positions at which the metric is read; negative ones count from the end. Replaces `metric.position`.")
            @Nullable
            List<Integer> positions,

            @Schema(
                    description =
                            "Whether to split each head by source position. Needs exactly one position of the metric.",
                    defaultValue = "false")
            boolean bySource,

            @Schema(description = "Whether to split each MLP by neuron.", defaultValue = "false")
            boolean neurons,

            @Schema(description = "How many of the strongest components to list.", defaultValue = "10") @Nullable
            Integer topK,

            @Nullable List<@Valid InterventionBody> interventions,
            @Nullable Encoding encoding,
            @Nullable Boolean addSpecialTokens,
            boolean verify,
            @Nullable String compareTo,
            boolean dryRun)
            implements AnalysisRequest.OfEachInput {}

    private final AnalysisRunner runner;

    AttributionController(AnalysisRunner runner) {
        this.runner = runner;
    }

    @AnalysisMapping(
            path = "/attribution",
            produces = {
                MediaType.APPLICATION_JSON_VALUE,
                Format.SAFETENSORS_VALUE,
                MediaType.IMAGE_PNG_VALUE,
                Format.SVG_VALUE
            },
            summary = "Which component writes a logit",
            description = """
                    Direct logit attribution: a logit, or the difference of two logits, as the sum of the direct \
                    contributions of all components. The scales of the norms are frozen. The picture shows layer by head \
                    at the first chosen position.""",
            answer = Attribution.Answer.class)
    @Example(name = "which heads write the name", value = """
            {"input": "When Mary and John went to the store , John gave a drink to",
             "metric": {"type": "logit_difference", "answer": " Mary", "foil": " John"}}""")
    @Example(name = "which heads write the name, by source position", value = """
            {"input": "When Mary and John went to the store , John gave a drink to",
             "metric": {"type": "logit_difference", "answer": " Mary", "foil": " John"}, "by_source": true,
             "interventions": [{"hook": "pattern", "layer": 0, "heads": [3], "action": {"type": "zero"}}]}""")
    @Example(name = "one token at two positions, by neuron", value = """
            {"input": "The capital of France is", "metric": {"type": "logit", "answer": " Paris"},
             "positions": [-2, -1], "neurons": true, "top_k": 5, "encoding": "base64"}""")
    ResponseEntity<Reply> attribution(@Valid @RequestBody Request request, Format format) {
        return runner.reply(
                request,
                format,
                model -> plan(model, request),
                (answer, other) -> AttributionFigures.attribution(answer, request.metric.type(), other));
    }

    private static Plan<Attribution.Answer> plan(HookedModel model, Request request) {
        if (request.positions != null && request.metric.position() != null) {
            throw new BadSelection("positions", "replaces metric.position; give only one of them");
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
