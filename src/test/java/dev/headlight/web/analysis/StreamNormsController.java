package dev.headlight.web.analysis;

import dev.headlight.interp.session.Input;
import dev.headlight.interp.toy.StreamNorms;
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
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/** Endpoint of the toy analysis. */
@RestController
class StreamNormsController {
    @Schema(name = "StreamNormsRequest")
    record Request(
            @Nullable String model,
            @NotNull(message = "is required") Input input,
            @Nullable Encoding encoding,
            @Nullable Boolean addSpecialTokens,
            boolean verify,
            @Nullable String compareTo,
            boolean dryRun)
            implements AnalysisRequest.OfEachInput {}

    private final AnalysisRunner runner;

    StreamNormsController(AnalysisRunner runner) {
        this.runner = runner;
    }

    @AnalysisMapping(
            path = "/toy/norms",
            summary = "Length of the residual stream",
            description = "L2 norm of the residual stream after each layer, at each token, `[layer, position]`.",
            answer = StreamNorms.Answer.class)
    @Example(name = "a text", value = """
            {"input": "When Mary and John went to the store"}""")
    @Example(name = "two texts, in base64", value = """
            {"input": ["When Mary and John went to the store , John gave a drink to", "The capital city of Italy is called"],
             "encoding": "base64"}""")
    ResponseEntity<Reply> norms(@Valid @RequestBody Request request, Format format) {
        return runner.reply(request, format, model -> Plan.of(1, StreamNorms::compute), StreamNormsController::picture);
    }

    private static Figure picture(StreamNorms.Answer answer, @Nullable String other) {
        StreamNorms.Result result = answer.results().get(0);
        List<String> layers = IntStream.range(0, (int) result.norms().shape()[0])
                .mapToObj(String::valueOf)
                .toList();
        List<Panel> panels = List.of(new Panel(
                null, result.norms().toFloats(), new Axis("layer", layers), new Axis("position", result.tokens())));
        Scale scale =
                other == null ? Scale.viridis(panels, "L2 norm") : Scale.diverging(panels, "difference of L2 norm");
        return new Figure(Figures.named(answer.model(), other) + ", norms", panels, 1, scale);
    }
}
