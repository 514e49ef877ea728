package dev.headlight.web;

import dev.headlight.model.fault.UnknownModel;
import dev.headlight.model.hub.DownloadStatus;
import dev.headlight.model.hub.Downloads;
import dev.headlight.model.store.Models;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** Lists, describes, loads and unloads models. */
@RestController
@Tag(name = "Models")
class ModelsController {
    private final Models models;
    private final Downloads downloads;

    ModelsController(Models models, Downloads downloads) {
        this.models = models;
        this.downloads = downloads;
    }

    @GetMapping(path = "/models", produces = MediaType.APPLICATION_JSON_VALUE)
    @Operation(
            operationId = "listModels",
            summary = "List of models",
            description = "Reads the models folder again. A model is loaded on first use.")
    ModelBodies.Listing list() {
        return ModelBodies.Listing.of(models.list(), models.defaultId());
    }

    @GetMapping(path = "/models/{id}", produces = MediaType.APPLICATION_JSON_VALUE)
    @Operation(operationId = "getModel", summary = "Details of one model", description = "Does not load the model.")
    ModelBodies.Detailed one(@PathVariable String id) {
        DownloadStatus download = downloads.find(id);
        try {
            return ModelBodies.Detailed.of(models.detail(id), download, models.defaultId());
        } catch (UnknownModel e) {
            if (download == null) {
                throw e;
            }
            return ModelBodies.Detailed.of(download);
        }
    }

    @PostMapping(path = "/models/{id}/load", produces = MediaType.APPLICATION_JSON_VALUE)
    @Operation(
            operationId = "loadModel",
            summary = "Loads a model now",
            description =
                    "Optional: otherwise the first request loads it. Models that no request uses make room for it, the least recently used first.")
    ModelBodies.Detailed load(@PathVariable String id) {
        models.load(id);
        return one(id);
    }

    @DeleteMapping(path = "/models/{id}/load")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    @Operation(
            operationId = "unloadModel",
            summary = "Unloads a model",
            description = "Running requests keep it until they end. The next request loads it again.")
    void unload(@PathVariable String id) {
        models.unload(id);
    }
}
