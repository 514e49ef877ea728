package dev.headlight.web.analysis;

import dev.headlight.interp.heads.HeadCircuit;
import dev.headlight.interp.session.Input;
import dev.headlight.render.Axis;
import dev.headlight.render.Figure;
import dev.headlight.render.Panel;
import dev.headlight.render.Scale;
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

/** Below {@code /heads}, whose scores say which head is worth it. */
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
    ResponseEntity<Reply> circuit(@Valid @RequestBody Request request, Format format) {
        return runner.reply(
                request,
                format,
                model -> Plan.of(1, session -> request.query(), HeadCircuit::compute),
                HeadCircuitController::picture);
    }

    /** The tokens that are read or that ask down, the others across. */
    private static Figure picture(HeadCircuit.Answer answer, @Nullable String other) {
        HeadCircuit.Result result = answer.results().get(0);
        List<String> axes = result.circuit().dims();
        Axis rows = new Axis(axes.get(0), result.tokens());
        Axis columns = new Axis(axes.get(1), result.tokens());
        List<Panel> panels = List.of(new Panel(null, result.circuit().toFloats(), rows, columns));
        String unit = answer.circuit().equals("ov") ? "logits, norm scale 1" : "attention score";
        Scale scale = Scale.diverging(panels, other == null ? unit : "difference of " + unit);
        String name = Figures.named(answer.model(), other);
        String title = name + ", " + answer.circuit().toUpperCase(java.util.Locale.ROOT) + " circuit, layer "
                + answer.layer() + ", head " + answer.head();
        return new Figure(title, panels, 1, scale);
    }
}
