package dev.headlight.web.analysis;

import dev.headlight.interp.read.Activations;
import dev.headlight.interp.read.TopNeurons;
import dev.headlight.interp.session.Input;
import dev.headlight.model.HookedModel;
import dev.headlight.model.hook.HookName;
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
import jakarta.validation.constraints.NotEmpty;
import jakarta.validation.constraints.NotNull;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/** Values at hook points, and the neurons that are most active there. */
@RestController
class ActivationsController {
    @Schema(name = "ActivationsRequest")
    record Request(
            @Nullable String model,
            @NotNull(message = "is required") Input input,

            @NotEmpty(message = "is required, and must not be empty")
            @Schema(
                    description =
                            "Hook points: full names, where `*` stands for every layer (`blocks.*.hook_resid_post`); short names, which mean every layer (`resid_post`); or `*` for every hook point.")
            List<String> hooks,

            @Nullable List<Integer> positions,
            @Nullable Encoding encoding,
            @Nullable Boolean addSpecialTokens,
            boolean verify,
            @Nullable String compareTo,
            boolean dryRun)
            implements AnalysisRequest.OfEachInput {}

    @Schema(name = "TopRequest")
    record TopRequest(
            @Nullable String model,
            @NotNull(message = "is required") Input input,

            @Schema(description = "Layer of the hook point. Not needed if `hook` is a full name.") @Nullable
            Integer layer,

            @Schema(
                    description =
                            "Hook point: a short name together with `layer` (`resid_post`), or a full name (`blocks.3.hook_resid_post`).",
                    defaultValue = "resid_post")
            @Nullable
            String hook,

            @Schema(
                    description = "How many neurons to return, from 1 to the width of the hook point.",
                    defaultValue = "10")
            @Nullable
            Integer k,

            @Schema(
                    description = "How the values of a neuron over all tokens of all inputs become one number.",
                    defaultValue = "mean")
            TopNeurons.@Nullable Reduce reduce,

            @Nullable Boolean addSpecialTokens,
            boolean verify,
            @Nullable String compareTo,
            boolean dryRun)
            implements AnalysisRequest.OfEachInput {}

    private final AnalysisRunner runner;

    ActivationsController(AnalysisRunner runner) {
        this.runner = runner;
    }

    @AnalysisMapping(
            path = "/activations",
            summary = "Values at any hook point",
            description = """
                    Returns one tensor per input and hook point, with the axes of the hook point. Inputs are never \
                    padded. The picture shows each tensor as a heatmap.""",
            answer = Activations.Answer.class)
    @Example(name = "residual stream of every layer at the last token", value = """
            {"input": "The capital of France is", "hooks": ["blocks.*.hook_resid_post"], "positions": [-1]}""")
    @Example(name = "logits and the head outputs of one layer", value = """
            {"input": ["The capital of France is", "The capital city of Italy is called"],
             "hooks": ["logits", "blocks.2.attn.hook_z"], "positions": [-1], "encoding": "base64"}""")
    ResponseEntity<Reply> activations(@Valid @RequestBody Request request, Format format) {
        return runner.reply(request, format, model -> plan(model, request), ActivationsFigures::activations);
    }

    private static Plan<Activations.Answer> plan(HookedModel model, Request request) {
        List<HookName> hooks = model.hookPoints().all("hooks", request.hooks);
        Activations.Query query = new Activations.Query(hooks, request.positions);
        return Plan.of(hooks.size(), session -> query, Activations::compute);
    }

    @AnalysisMapping(
            path = "/activations/top",
            produces = {MediaType.APPLICATION_JSON_VALUE, MediaType.IMAGE_PNG_VALUE, Format.SVG_VALUE},
            summary = "Most active neurons of a hook point",
            description = """
                    Neurons ranked over all tokens of all inputs, each with the token where it peaks. The picture shows \
                    the chosen neurons over the tokens.""",
            answer = TopNeurons.Answer.class)
    @Example(name = "ten neurons by mean", value = """
            {"input": "When Mary and John went to the store , John gave a drink to", "layer": 2}""")
    @Example(name = "MLP neurons by peak", value = """
            {"input": ["The capital of France is", "The keys near the box"],
             "layer": 3, "hook": "mlp_post", "k": 5, "reduce": "max"}""")
    ResponseEntity<Reply> topNeurons(@Valid @RequestBody TopRequest request, Format format) {
        return runner.reply(
                request,
                format,
                model -> plan(model, request, format),
                (answer, other) -> ActivationsFigures.top(answer));
    }

    private static Plan<TopNeurons.Answer> plan(HookedModel model, TopRequest request, Format format) {
        HookName hook =
                model.hookPoints().one("", Objects.requireNonNullElse(request.hook, "resid_post"), request.layer);
        TopNeurons.Query query = new TopNeurons.Query(
                hook,
                request.k,
                Objects.requireNonNullElse(request.reduce, TopNeurons.Reduce.MEAN),
                format.isPicture());
        return Plan.of(0, session -> query, TopNeurons::dryRun, TopNeurons::compute);
    }
}
