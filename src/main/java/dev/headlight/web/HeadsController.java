package dev.headlight.web;

import dev.headlight.interp.HeadChoice;
import dev.headlight.interp.HeadScore;
import dev.headlight.interp.HeadScores;
import dev.headlight.interp.Input;
import dev.headlight.interp.Intervention;
import dev.headlight.interp.Repeats;
import dev.headlight.interp.Session;
import dev.headlight.interp.TokenName;
import dev.headlight.model.BadSelection;
import dev.headlight.model.HookedModel;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.ExampleObject;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.validation.Valid;
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
class HeadsController {
    @Schema(name = "HeadsRequest")
    record Request(
            @Schema(description = Docs.MODEL) @Nullable String model,

            @Schema(
                    description =
                            "Not needed. Of `first_token` and `entropy` what they are read off, in place of random tokens; of `name_mover` the one prompt.")
            @Nullable
            Input input,

            @Schema(description = "All that apply where absent; `name_mover` needs `input` and `answer`.") @Nullable
            List<@NotNull HeadScore> scores,

            @Schema(
                    description =
                            "Random tokens before they are repeated, 2 to what context and vocabulary allow; 25 where absent, or as many as they allow.")
            @Nullable
            Integer sequenceLength,

            @Schema(description = "How many sequences of repeated random tokens, 1 to 1000.", defaultValue = "10")
            @Nullable
            Integer sequences,

            @Schema(description = "Of the random tokens.", defaultValue = "0") @Nullable
            Long seed,

            @Schema(description = "How many heads are listed of each score; 10, or all, where absent.") @Nullable
            Integer topK,

            @Schema(description = "Of `name_mover`: an id, or a text that is one token. It is in the input.") @Nullable
            TokenName answer,

            @Schema(description = "Of `name_mover`: the token whose logit is subtracted.") @Nullable
            TokenName foil,

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
            implements AnalysisRequest {
        @Override
        public List<Input> inputs() {
            return input == null ? List.of() : List.of(input);
        }

        @Override
        public int results() {
            return 1;
        }

        int prompts() {
            return input == null ? 0 : input.prompts().size();
        }
    }

    private final AnalysisRunner runner;

    HeadsController(AnalysisRunner runner) {
        this.runner = runner;
    }

    @PostMapping(
            path = "/heads",
            consumes = MediaType.APPLICATION_JSON_VALUE,
            produces = {
                MediaType.APPLICATION_JSON_VALUE,
                Format.SAFETENSORS_VALUE,
                Format.NPY_VALUE,
                MediaType.IMAGE_PNG_VALUE,
                Format.SVG_VALUE
            })
    @Operation(
            summary = "What every head is like",
            description =
                    "Scores of every head, `[layer, head]`: previous token, duplicate token and induction on repeated random tokens, attention sink, entropy, copying, name mover. As a picture, a panel a score.")
    @io.swagger.v3.oas.annotations.parameters.RequestBody(
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_JSON_VALUE,
                            schema = @Schema(implementation = Request.class),
                            examples = {
                                @ExampleObject(name = "the induction circuit", value = Examples.HEADS_INDUCTION),
                                @ExampleObject(name = "every score, for a prompt", value = Examples.HEADS_NAME)
                            }))
    @ApiResponse(
            responseCode = "200",
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_JSON_VALUE,
                            schema = @Schema(implementation = HeadScores.Answer.class)))
    ResponseEntity<Reply> heads(@Valid @RequestBody Request request, Format format) {
        if (request.verify && request.input == null) {
            throw new BadSelection("verify", true, "needs input, on which it measures");
        }
        return runner.reply(request, format, new Planner(request), HeadFigures::heads);
    }

    /** Asks both models that are compared the same, on the random tokens of the first. */
    private static final class Planner implements Plan.Planner<HeadScores.Answer> {
        private final Request r;
        private @Nullable Repeats repeats;

        Planner(Request request) {
            this.r = request;
        }

        @Override
        public Plan<HeadScores.Answer> on(HookedModel model) {
            HeadChoice scores = HeadChoice.of(model, r.scores, r.prompts(), r.answer != null);
            if (r.answer == null && r.foil != null) {
                throw new BadSelection("answer", "is required where foil is given");
            }
            if (repeats == null) {
                repeats = Repeats.of(model, r.specialTokens(), r.sequenceLength, r.sequences, r.seed);
            }
            Repeats drawn = repeats;
            List<Intervention> interventions = InterventionBody.read(r.interventions, model.hookPoints());
            int tensors =
                    scores.scores().stream().mapToInt(s -> s.tensors().size()).sum();
            return Plan.of(tensors, session -> query(session, scores, drawn, interventions), HeadScores::compute);
        }

        private HeadScores.Query query(
                Session session, HeadChoice scores, Repeats repeats, List<Intervention> interventions) {
            return new HeadScores.Query(
                    scores,
                    repeats,
                    r.topK,
                    r.answer == null ? null : session.tokenId("answer", r.answer),
                    r.foil == null ? null : session.tokenId("foil", r.foil),
                    interventions,
                    r.specialTokens());
        }
    }
}
