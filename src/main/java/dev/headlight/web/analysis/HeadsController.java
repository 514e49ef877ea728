package dev.headlight.web.analysis;

import dev.headlight.interp.heads.HeadScoreChoice;
import dev.headlight.interp.heads.HeadScoreKind;
import dev.headlight.interp.heads.HeadScores;
import dev.headlight.interp.heads.RepeatedTokens;
import dev.headlight.interp.intervene.Intervention;
import dev.headlight.interp.session.Input;
import dev.headlight.interp.session.Session;
import dev.headlight.interp.session.TokenName;
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
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/** Scores of every head: induction, previous token, copying, name mover and others. */
@RestController
class HeadsController {
    @Schema(name = "HeadsRequest")
    record Request(
            @Nullable String model,

            @Schema(
                    description =
                            "Optional. `first_token` and `entropy` are measured on it instead of on random tokens. `name_mover` needs it, as one prompt.")
            @Nullable
            Input input,

            @Schema(
                    description =
                            "Scores to compute. By default, all that apply. `name_mover` needs `input` and `answer`.")
            @Nullable
            List<@NotNull HeadScoreKind> scores,

            @Schema(
                    description =
                            "Number of random tokens before they are repeated, at least 2. Context and vocabulary limit it. By default 25, or less if the limit is lower.")
            @Nullable
            Integer sequenceLength,

            @Schema(description = "Number of sequences of repeated random tokens, 1 to 1000.", defaultValue = "10")
            @Nullable
            Integer sequences,

            @Schema(description = "Seed of the random tokens.", defaultValue = "0") @Nullable
            Long seed,

            @Schema(description = "How many heads to list for each score. By default 10, or all if there are fewer.")
            @Nullable
            Integer topK,

            @Schema(
                    description =
                            "Answer of `name_mover`: a token id, or a text that is one token. It must occur in the input.")
            @Nullable
            TokenName answer,

            @Schema(description = "Foil of `name_mover`: the token whose logit is subtracted.") @Nullable
            TokenName foil,

            @Nullable List<@Valid InterventionBody> interventions,
            @Nullable Encoding encoding,
            @Nullable Boolean addSpecialTokens,
            boolean verify,
            @Nullable String compareTo,
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

    @AnalysisMapping(
            path = "/heads",
            summary = "What each head does",
            description = """
                    Scores of every head, `[layer, head]`: previous token, duplicate token and induction on repeated \
                    random tokens, attention sink, entropy, copying, name mover. The picture has one panel per score.""",
            answer = HeadScores.Answer.class)
    @Example(name = "the induction circuit", value = """
            {"scores": ["induction", "previous_token"], "sequence_length": 25, "top_k": 3}""")
    @Example(name = "every score, for a prompt", value = """
            {"input": "When Mary and John went to the store , John gave a drink to", "answer": " Mary", "foil": " John",
             "top_k": 3, "encoding": "base64"}""")
    ResponseEntity<Reply> heads(@Valid @RequestBody Request request, Format format) {
        if (request.verify && request.input == null) {
            throw new BadSelection("verify", true, "needs input");
        }
        return runner.reply(request, format, new Planner(request), HeadsFigures::heads);
    }

    /** Uses the same random tokens for both models of a comparison. */
    private static final class Planner implements Plan.Planner<HeadScores.Answer> {
        private final Request request;
        private @Nullable RepeatedTokens shared;

        Planner(Request request) {
            this.request = request;
        }

        @Override
        public Plan<HeadScores.Answer> on(HookedModel model) {
            HeadScoreChoice scores =
                    HeadScoreChoice.of(model, request.scores, request.prompts(), request.answer != null);
            if (request.answer == null && request.foil != null) {
                throw new BadSelection("answer", "is required if foil is given");
            }
            if (shared == null) {
                shared = RepeatedTokens.of(
                        model, request.specialTokens(), request.sequenceLength, request.sequences, request.seed);
            }
            RepeatedTokens tokens = shared;
            List<Intervention> interventions = InterventionBody.read(request.interventions, model.hookPoints());
            int tensors =
                    scores.scores().stream().mapToInt(s -> s.tensors().size()).sum();
            return Plan.of(tensors, session -> query(session, scores, tokens, interventions), HeadScores::compute);
        }

        private HeadScores.Query query(
                Session session, HeadScoreChoice scores, RepeatedTokens tokens, List<Intervention> interventions) {
            return new HeadScores.Query(
                    scores,
                    tokens,
                    request.topK,
                    request.answer == null ? null : session.tokenId("answer", request.answer),
                    request.foil == null ? null : session.tokenId("foil", request.foil),
                    interventions,
                    request.specialTokens());
        }
    }
}
