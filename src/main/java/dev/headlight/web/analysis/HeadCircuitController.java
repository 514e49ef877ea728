package dev.headlight.web.analysis;

import dev.headlight.interp.heads.HeadCircuit;
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
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/** The OV and the QK circuit of one head. */
@RestController
class HeadCircuitController {
    @Schema(name = "HeadCircuitRequest")
    record Request(
            @Nullable String model,

            @NotNull(message = "is required")
            @Schema(description = "Tokens that the head reads (`ov`) or attends from (`qk`), each on its own.")
            Input input,

            @NotNull(message = "is required") @Schema(example = "3")
            Integer layer,

            @NotNull(message = "is required") @Schema(example = "0")
            Integer head,

            @NotNull(message = "is required")
            @Schema(
                    description =
                            "`ov`: which tokens the head promotes and suppresses when it reads a token. `qk`: which keys get the highest and lowest attention scores when it attends from a token.")
            HeadCircuit.Kind circuit,

            @Schema(description = "How many of the highest and of the lowest tokens to list.", defaultValue = "10")
            @Nullable
            Integer topK,

            @Nullable Encoding encoding,
            @Nullable Boolean addSpecialTokens,
            boolean verify,
            @Nullable String compareTo,
            boolean dryRun)
            implements AnalysisRequest.OfEachInput {
        HeadCircuit.Query query() {
            return new HeadCircuit.Query(layer, head, circuit, topK);
        }
    }

    private final AnalysisRunner runner;

    HeadCircuitController(AnalysisRunner runner) {
        this.runner = runner;
    }

    @AnalysisMapping(
            path = "/heads/circuits",
            summary = "What a head promotes, and what it attends to",
            description = """
                    The OV or the QK circuit of a head over the vocabulary, computed from the weights. The picture shows \
                    the tokens of the input only.""",
            answer = HeadCircuit.Answer.class)
    @Example(name = "what a head promotes", value = """
            {"input": " Mary John Paris", "add_special_tokens": false, "layer": 3, "head": 0, "circuit": "ov", "top_k": 5}""")
    @Example(name = "what a head attends to", value = """
            {"input": " Mary John Paris", "add_special_tokens": false, "layer": 3, "head": 0, "circuit": "qk", "top_k": 5}""")
    ResponseEntity<Reply> headCircuit(@Valid @RequestBody Request request, Format format) {
        return runner.reply(
                request,
                format,
                model -> Plan.of(1, session -> request.query(), HeadCircuit::compute),
                HeadCircuitFigures::circuit);
    }
}
