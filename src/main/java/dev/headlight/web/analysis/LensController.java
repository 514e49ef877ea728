package dev.headlight.web.analysis;

import dev.headlight.interp.intervene.Intervention;
import dev.headlight.interp.lens.LensHookNames;
import dev.headlight.interp.lens.LogitLens;
import dev.headlight.interp.session.Input;
import dev.headlight.interp.session.Session;
import dev.headlight.interp.session.TokenName;
import dev.headlight.model.HookedModel;
import dev.headlight.model.fault.BadSelection;
import dev.headlight.model.hook.HookName;
import dev.headlight.web.AnalysisMapping;
import dev.headlight.web.AnalysisRequest;
import dev.headlight.web.AnalysisRunner;
import dev.headlight.web.Encoding;
import dev.headlight.web.Example;
import dev.headlight.web.Format;
import dev.headlight.web.FormatCheck;
import dev.headlight.web.Plan;
import dev.headlight.web.Reply;
import io.swagger.v3.oas.annotations.media.Schema;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotNull;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/** Logit lens and tuned lens. */
@RestController
class LensController {
    @Schema(name = "LensRequest")
    record Request(
            @Nullable String model,
            @NotNull(message = "is required") Input input,

            @Schema(
                    description =
                            "`logit` reads the residual stream unchanged. `tuned` first applies the translators in the model's folder, to `resid_pre` and `resid_post` only.",
                    defaultValue = "logit")
            LogitLens.@Nullable Kind lens,

            @Schema(
                    description =
                            "Hook point to read, of width d_model: `resid_pre`, `resid_mid`, `resid_post`, `attn_out` or `mlp_out`. A full name contains one layer, or `*` for every layer.",
                    defaultValue = "resid_post")
            @Nullable
            String hook,

            @Nullable List<Integer> layers,

            @Schema(description = "Token positions; negative ones count from the end. By default, all.") @Nullable
            List<Integer> positions,

            @Schema(defaultValue = "10") @Nullable Integer topK,

            @Schema(description = "Whether to apply the final norm, if the model has one.", defaultValue = "true")
            @Nullable
            Boolean normalise,

            @Schema(description = "Tokens to follow: token ids, or texts that are one token.") @Nullable
            List<@NotNull TokenName> targets,

            @Schema(description = "Whether to return all logits, `[layer, position, vocab]`.", defaultValue = "false")
            boolean returnLogits,

            @Nullable List<@Valid InterventionBody> interventions,
            @Nullable Encoding encoding,
            @Nullable Boolean addSpecialTokens,
            boolean verify,
            @Nullable String compareTo,
            boolean dryRun)
            implements AnalysisRequest.OfEachInput {}

    private final AnalysisRunner runner;

    LensController(AnalysisRunner runner) {
        this.runner = runner;
    }

    @AnalysisMapping(
            path = "/lens",
            summary = "What each layer predicts",
            description = """
                    Logit lens or tuned lens: applies the unembedding to the residual stream of every layer at every \
                    position. The picture is a grid of top tokens, coloured by probability.""",
            answer = LogitLens.Answer.class)
    @Example(name = "every layer and position", value = """
            {"input": "The capital of France is", "top_k": 3, "targets": [" Paris", " Rome"]}""")
    @Example(name = "what two MLPs write, as logits", value = """
            {"input": "The capital of France is", "hook": "mlp_out", "layers": [1, 2], "positions": [-1],
             "normalise": false, "return_logits": true, "encoding": "base64"}""")
    @Example(name = "an ablated model", value = """
            {"input": "When Mary and John went to the store , John gave a drink to", "positions": [-1], "top_k": 2,
             "interventions": [{"hook": "z", "layer": 3, "heads": [0], "action": {"type": "zero"}}]}""")
    ResponseEntity<Reply> lens(@Valid @RequestBody Request request, Format format) {
        return runner.reply(
                request,
                format,
                model -> plan(model, request, format),
                (answer, other) -> LensFigures.lens(answer, title(request), other));
    }

    private static Plan<LogitLens.Answer> plan(HookedModel model, Request request, Format format) {
        boolean binary = format == Format.SAFETENSORS || format == Format.NPY;
        if (binary && !request.returnLogits) {
            throw new FormatCheck.NotInThisFormat("the answer holds no tensor without return_logits; accept "
                    + MediaType.APPLICATION_JSON_VALUE + " instead");
        }
        List<HookName> hooks =
                LensHookNames.of(model.hookPoints(), model.info().nLayers(), hook(request), request.layers);
        List<Intervention> interventions = InterventionBody.read(request.interventions, model.hookPoints());
        return Plan.of(
                request.returnLogits ? 1 : 0,
                session -> query(session, request, hooks, interventions),
                LogitLens::dryRun,
                LogitLens::compute);
    }

    private static LogitLens.Query query(
            Session session, Request r, List<HookName> hooks, List<Intervention> interventions) {
        return new LogitLens.Query(
                kind(r),
                hooks,
                r.positions,
                r.topK,
                r.normalise == null || r.normalise,
                targets(session, r.targets),
                r.returnLogits,
                interventions,
                r.specialTokens());
    }

    private static List<Integer> targets(Session session, @Nullable List<TokenName> names) {
        List<Integer> targets = new ArrayList<>();
        if (names == null) {
            return targets;
        }
        for (int i = 0; i < names.size(); i++) {
            String field = "targets[" + i + "]";
            int id = session.tokenId(field, names.get(i));
            if (targets.contains(id)) {
                throw new BadSelection(field, id, "is repeated");
            }
            targets.add(id);
        }
        return targets;
    }

    private static LogitLens.Kind kind(Request r) {
        return Objects.requireNonNullElse(r.lens, LogitLens.Kind.LOGIT);
    }

    private static String hook(Request r) {
        return Objects.requireNonNullElse(r.hook, "resid_post");
    }

    private static String title(Request r) {
        String interventions = r.interventions == null || r.interventions.isEmpty() ? "" : ", with interventions";
        return kind(r) + " lens of " + hook(r) + interventions;
    }
}
