package dev.headlight.web;

import dev.headlight.interp.Input;
import dev.headlight.interp.Intervention;
import dev.headlight.interp.LensHooks;
import dev.headlight.interp.LogitLens;
import dev.headlight.interp.Session;
import dev.headlight.interp.TokenName;
import dev.headlight.model.BadSelection;
import dev.headlight.model.HookName;
import dev.headlight.model.HookedModel;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.ExampleObject;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotNull;
import java.util.ArrayList;
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
class LensController {
    @Schema(name = "LensRequest")
    record Request(
            @Schema(description = Docs.MODEL) @Nullable String model,
            @NotNull(message = "is required") Input input,

            @Schema(
                    description =
                            "`logit` reads the stream as it is; `tuned` by the translators in the model's folder, of `resid_pre` and `resid_post`.",
                    defaultValue = "logit")
            LogitLens.@Nullable Kind lens,

            @Schema(
                    description =
                            "What is read, of width d_model in each layer: `resid_pre`, `resid_mid`, `resid_post`, `attn_out` or `mlp_out`; a full name has one layer, or `*`.",
                    defaultValue = "resid_post")
            @Nullable
            String hook,

            @Schema(description = "All where absent.") @Nullable
            List<Integer> layers,

            @Schema(description = "Positions, negative from the end; all where absent.") @Nullable
            List<Integer> positions,

            @Schema(description = "How many of the most probable tokens are listed.", defaultValue = "10") @Nullable
            Integer topK,

            @Schema(description = "Whether the final norm is applied, where there is one.", defaultValue = "true")
            @Nullable
            Boolean normalise,

            @Schema(description = "Tokens that are followed: ids, or texts that are one token.") @Nullable
            List<@NotNull TokenName> targets,

            @Schema(
                    description = "Whether all logits are answered, `[layer, position, vocab]`.",
                    defaultValue = "false")
            boolean returnLogits,

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
            implements AnalysisRequest.OfEachInput {}

    private final AnalysisRunner runner;

    LensController(AnalysisRunner runner) {
        this.runner = runner;
    }

    @PostMapping(
            path = "/lens",
            consumes = MediaType.APPLICATION_JSON_VALUE,
            produces = {
                MediaType.APPLICATION_JSON_VALUE,
                Format.SAFETENSORS_VALUE,
                Format.NPY_VALUE,
                MediaType.IMAGE_PNG_VALUE,
                Format.SVG_VALUE
            })
    @Operation(
            summary = "What each layer would say next",
            description =
                    "Logit lens or tuned lens: the unembedding reads every layer's stream at every position. As a picture, the grid of top tokens, coloured by probability.")
    @io.swagger.v3.oas.annotations.parameters.RequestBody(
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_JSON_VALUE,
                            schema = @Schema(implementation = Request.class),
                            examples = {
                                @ExampleObject(name = "every layer and position", value = Examples.LENS),
                                @ExampleObject(name = "what two MLPs write, as logits", value = Examples.LENS_LOGITS),
                                @ExampleObject(name = "of an ablated model", value = Examples.LENS_ABLATED)
                            }))
    @ApiResponse(
            responseCode = "200",
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_JSON_VALUE,
                            schema = @Schema(implementation = LogitLens.Answer.class)))
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
            throw new FormCheck.NotInThisForm("the answer holds no tensor without return_logits; accept "
                    + MediaType.APPLICATION_JSON_VALUE + " instead");
        }
        List<HookName> hooks = LensHooks.of(model.hookPoints(), model.info().nLayers(), hook(request), request.layers);
        List<Intervention> interventions = InterventionBody.read(request.interventions, model.hookPoints());
        return Plan.of(
                request.returnLogits ? 1 : 0,
                session -> query(session, request, hooks, interventions),
                LogitLens::rehearse,
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
                throw new BadSelection(field, id, "is there twice");
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
        String altered = r.interventions == null || r.interventions.isEmpty() ? "" : ", with interventions";
        return kind(r) + " lens of " + hook(r) + altered;
    }
}
