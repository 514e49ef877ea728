package dev.headlight.web.analysis;

import dev.headlight.web.Format;
import dev.headlight.web.QueryParameters;
import dev.headlight.web.Reply;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** Pictures with an address of their own, for {@code <img>} and Markdown. Each is the picture of the POST. */
@RestController
@Tag(name = "Pictures")
class PicturesByGet {
    private static final String MODEL = "Id of the model. By default, the default model.";
    private static final String INPUT = "A text. The address as a whole may have 8 kB.";

    private final QueryParameters parameters;
    private final AttentionController attention;
    private final LensController lens;
    private final ActivationsController activations;

    PicturesByGet(
            QueryParameters parameters,
            AttentionController attention,
            LensController lens,
            ActivationsController activations) {
        this.parameters = parameters;
        this.attention = attention;
        this.lens = lens;
        this.activations = activations;
    }

    private QueryParameters.Fields of(@Nullable String model, @Nullable String input) {
        return parameters.fields().with("model", model).with("input", input);
    }

    @GetMapping(
            path = {"/attention.svg", "/attention.png"},
            produces = {Format.SVG_VALUE, MediaType.IMAGE_PNG_VALUE})
    @Operation(
            summary = "Picture of where heads attend",
            description = "The picture of `POST /attention`, in the format that the path ends with.")
    ResponseEntity<Reply> attention(
            @Parameter(description = MODEL) @RequestParam(required = false) @Nullable String model,
            @Parameter(description = INPUT, required = true) @RequestParam(required = false) @Nullable String input,
            @Parameter(description = "Layers, separated by commas. By default, all.")
                    @RequestParam(required = false)
                    @Nullable
                    List<Integer> layer,
            @Parameter(description = "Heads, separated by commas. By default, all.")
                    @RequestParam(required = false)
                    @Nullable
                    List<Integer> head,
            @Parameter(description = "`pattern` (default), `scores` or `value_weighted`.")
                    @RequestParam(required = false)
                    @Nullable
                    String kind,
            HttpServletRequest request) {
        return of(model, input)
                .with("layers", "layer", layer)
                .with("heads", "head", head)
                .with("kind", kind)
                .answer(
                        request,
                        AttentionController.Request.class,
                        body -> attention.attention(body, QueryParameters.format(request)));
    }

    @GetMapping(
            path = {"/lens.svg", "/lens.png"},
            produces = {Format.SVG_VALUE, MediaType.IMAGE_PNG_VALUE})
    @Operation(
            summary = "Picture of what each layer predicts",
            description = "The picture of `POST /lens`, in the format that the path ends with.")
    ResponseEntity<Reply> lens(
            @Parameter(description = MODEL) @RequestParam(required = false) @Nullable String model,
            @Parameter(description = INPUT, required = true) @RequestParam(required = false) @Nullable String input,
            @Parameter(description = "Layers, separated by commas. By default, all.")
                    @RequestParam(required = false)
                    @Nullable
                    List<Integer> layer,
            @Parameter(description = "`resid_post` (default), or another hook point of the residual stream.")
                    @RequestParam(required = false)
                    @Nullable
                    String hook,
            HttpServletRequest request) {
        return of(model, input)
                .with("layers", "layer", layer)
                .with("hook", hook)
                .answer(
                        request,
                        LensController.Request.class,
                        body -> lens.lens(body, QueryParameters.format(request)));
    }

    @GetMapping(
            path = {"/activations/top.svg", "/activations/top.png"},
            produces = {Format.SVG_VALUE, MediaType.IMAGE_PNG_VALUE})
    @Operation(
            summary = "Picture of the most active neurons",
            description = "The picture of `POST /activations/top`, in the format that the path ends with.")
    ResponseEntity<Reply> top(
            @Parameter(description = MODEL) @RequestParam(required = false) @Nullable String model,
            @Parameter(description = INPUT, required = true) @RequestParam(required = false) @Nullable String input,
            @Parameter(description = "Layer of the hook point.") @RequestParam(required = false) @Nullable
                    Integer layer,
            @Parameter(description = "`resid_post` (default), or another hook point.")
                    @RequestParam(required = false)
                    @Nullable
                    String hook,
            @Parameter(description = "Number of neurons, 10 by default.") @RequestParam(required = false) @Nullable
                    Integer k,
            @Parameter(description = "`mean` (default), `mean_abs`, `max` or `min`.")
                    @RequestParam(required = false)
                    @Nullable
                    String reduce,
            HttpServletRequest request) {
        return of(model, input)
                .with("layer", layer)
                .with("hook", hook)
                .with("k", k)
                .with("reduce", reduce)
                .answer(
                        request,
                        ActivationsController.TopRequest.class,
                        body -> activations.topNeurons(body, QueryParameters.format(request)));
    }
}
