package dev.headlight.web;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.headlight.model.ModelInfo;
import dev.headlight.model.Models;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

@RestController
@Tag(name = "Models")
class ModelsController {
    @Schema(name = "Model")
    record Model(
            @Schema(example = "micro") String id,

            @Schema(description = "Transformers' `model_type`.", example = "gpt2")
            String architecture,

            int nLayers,
            int nHeads,

            @Schema(description = "Heads of keys and values.")
            int nKvHeads,

            int dModel,
            int dHead,
            int dMlp,
            int vocabSize,

            @Schema(description = "Most tokens of one input; null where nothing bounds it.") @Nullable
            Integer contextLength,

            @Schema(description = "What the model computes in.", example = "float32")
            String dtype,

            @Schema(description = "Whether a query sees only itself and earlier keys.")
            boolean causal,

            boolean loaded,
            boolean hasTokenizer,

            @Schema(description = "Whether requests that name no model get this one.") @JsonProperty("default")
            boolean isDefault) {}

    @Schema(name = "RefusedModel")
    record Refused(
            String id,

            @Schema(description = "Why it cannot be loaded exactly.")
            String reason) {}

    /** @param unsupported checkpoint folders that cannot be loaded exactly, and so are not */
    @Schema(name = "Models")
    record Listing(List<Model> models, List<Refused> unsupported) {}

    private final Models models;

    ModelsController(Models models) {
        this.models = models;
    }

    @GetMapping(path = "/models", produces = MediaType.APPLICATION_JSON_VALUE)
    @Operation(
            summary = "The models that can be asked for",
            description = "The models folder is read afresh. Each model is loaded on first use.")
    Listing list() {
        List<Models.Listed> all = models.list();
        return new Listing(
                all.stream()
                        .filter(m -> m.info() != null && m.dtype() != null)
                        .map(m -> model(m, m.info(), m.dtype()))
                        .toList(),
                all.stream()
                        .filter(m -> m.reason() != null)
                        .map(m -> new Refused(m.id(), m.reason()))
                        .toList());
    }

    private Model model(Models.Listed m, ModelInfo i, String dtype) {
        return new Model(
                m.id(),
                i.architecture(),
                i.nLayers(),
                i.nHeads(),
                i.nKvHeads(),
                i.dModel(),
                i.dHead(),
                i.dMlp(),
                i.vocabSize(),
                i.contextLength(),
                dtype,
                i.causal(),
                m.loaded(),
                m.hasTokenizer(),
                m.id().equals(models.defaultId()));
    }
}
