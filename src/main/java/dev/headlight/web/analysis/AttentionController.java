package dev.headlight.web.analysis;

import dev.headlight.interp.read.AttentionPatterns;
import dev.headlight.interp.session.Input;
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
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/** Attention patterns and scores of every head. */
@RestController
class AttentionController {
    @Schema(name = "AttentionRequest")
    record Request(
            @Nullable String model,
            @NotNull(message = "is required") Input input,

            @Schema(description = "Layers, returned in this order. By default, all.") @Nullable
            List<Integer> layers,

            @Schema(description = "Heads, returned in this order. By default, all.") @Nullable
            List<Integer> heads,

            @Schema(description = "Whether to return the mean over the chosen heads.", defaultValue = "false") @Nullable
            Boolean averageHeads,

            @Schema(
                    description =
                            "`pattern`: probabilities. `scores`: scores before the softmax, null where masked. `value_weighted`: pattern · ‖v W_O‖₂.",
                    defaultValue = "pattern")
            AttentionPatterns.@Nullable Kind kind,

            @Nullable Encoding encoding,
            @Nullable Boolean addSpecialTokens,
            boolean verify,
            @Nullable String compareTo,
            boolean dryRun)
            implements AnalysisRequest.OfEachInput {
        AttentionPatterns.Query query() {
            boolean average = averageHeads != null && averageHeads;
            return new AttentionPatterns.Query(
                    layers, heads, average, Objects.requireNonNullElse(kind, AttentionPatterns.Kind.PATTERN));
        }
    }

    private final AnalysisRunner runner;

    AttentionController(AnalysisRunner runner) {
        this.runner = runner;
    }

    @AnalysisMapping(
            path = "/attention",
            summary = "Where each head attends",
            description = """
                    Attention of every layer and head for each input, `[layer, head, query, key]`. The picture is a \
                    labelled grid of heatmaps on one scale.""",
            answer = AttentionPatterns.Answer.class)
    @Example(name = "every head", value = """
            {"input": "When Mary and John went to the store , John gave a drink to"}""")
    @Example(name = "one head, for a picture", value = """
            {"input": "When Mary and John went to the store , John gave a drink to", "layers": [3], "heads": [0]}""")
    @Example(name = "mean over heads, token ids", value = """
            {"model": "micro", "input": [[5, 6, 7], [8, 9]], "average_heads": true, "encoding": "base64"}""")
    @Example(name = "one head, verified", value = """
            {"input": "The capital of France is", "layers": [3], "heads": [0], "verify": true}""")
    ResponseEntity<Reply> attention(@Valid @RequestBody Request request, Format format) {
        AttentionPatterns.Query query = request.query();
        return runner.reply(
                request,
                format,
                model -> Plan.of(1, session -> query, AttentionPatterns::compute),
                (answer, other) -> AttentionFigures.attention(answer, query, other));
    }
}
