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
        return runner.reply(request, format, new Planner(request), HeadFigures::heads);
    }

    /** Asks both models that are compared the same, on the random tokens of the first. */
    private static final class Planner implements Plan.Planner<HeadScores.Answer> {
        private final Request r;
        private @Nullable RepeatedTokens repeats;

        Planner(Request request) {
            this.r = request;
        }

        @Override
        public Plan<HeadScores.Answer> on(HookedModel model) {
            HeadScoreChoice scores = HeadScoreChoice.of(model, r.scores, r.prompts(), r.answer != null);
            if (r.answer == null && r.foil != null) {
                throw new BadSelection("answer", "is required where foil is given");
            }
            if (repeats == null) {
                repeats = RepeatedTokens.of(model, r.specialTokens(), r.sequenceLength, r.sequences, r.seed);
            }
            RepeatedTokens drawn = repeats;
            List<Intervention> interventions = InterventionBody.read(r.interventions, model.hookPoints());
            int tensors =
                    scores.scores().stream().mapToInt(s -> s.tensors().size()).sum();
            return Plan.of(tensors, session -> query(session, scores, drawn, interventions), HeadScores::compute);
        }

        private HeadScores.Query query(
                Session session, HeadScoreChoice scores, RepeatedTokens repeats, List<Intervention> interventions) {
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
