package dev.headlight.web;

import dev.headlight.model.fault.UnknownModel;
import dev.headlight.model.hub.DownloadStatus;
import dev.headlight.model.hub.Downloads;
import dev.headlight.model.hub.Repository;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.headers.Header;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.ExampleObject;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotNull;
import java.net.URI;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/** Downloads models from the hub. */
@RestController
@Tag(name = "Models")
class HubController {
    @Schema(name = "HubRequest")
    record Request(
            @Schema(description = "`owner/name`, as in the URL of the model's page.", example = "openai-community/gpt2")
            @NotNull(message = "is required")
            String repo,

            @Schema(description = "Branch, tag or commit.", defaultValue = "main") @Nullable
            String revision) {}

    /** The operator has switched downloads off. Answered 403. */
    static final class HubOff extends RuntimeException {
        HubOff() {
            super("downloads from the hub are switched off on this server: headlight.hub.enabled is false");
        }
    }

    private final Downloads downloads;
    private final boolean enabled;

    HubController(Downloads downloads, HeadlightProperties properties) {
        this.downloads = downloads;
        this.enabled = properties.hub().enabled();
    }

    @PostMapping(
            path = "/models",
            consumes = MediaType.APPLICATION_JSON_VALUE,
            produces = MediaType.APPLICATION_JSON_VALUE)
    @Operation(
            operationId = "downloadModel",
            summary = "Downloads a model from the Hugging Face hub",
            description = "Downloads only the needed files: config, safetensors, tokenizer, licence. Returns at once; "
                    + "`GET /models/{id}` shows the progress. A repeated request joins a running download, or resumes a failed "
                    + "one. The model is listed when it is complete and every checksum is right.")
    @io.swagger.v3.oas.annotations.parameters.RequestBody(
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_JSON_VALUE,
                            schema = @Schema(implementation = Request.class),
                            examples = @ExampleObject(name = "GPT-2", value = """
                            {"repo": "openai-community/gpt2", "revision": "main"}""")))
    @ApiResponse(
            responseCode = "202",
            headers =
                    @Header(
                            name = "Location",
                            description = "`/models/{id}`, which shows the progress.",
                            schema = @Schema(type = "string", format = "uri-reference")))
    @ApiResponse(
            responseCode = "403",
            description = "The hub is off (`/problems/hub-off`).",
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_PROBLEM_JSON_VALUE,
                            schema = @Schema(ref = "#/components/schemas/Problem"),
                            examples = @ExampleObject(name = "hub-off", ref = "#/components/examples/hub-off")))
    ResponseEntity<DownloadStatus> bring(@Valid @RequestBody Request request) {
        if (!enabled) {
            throw new HubOff();
        }
        String revision = request.revision() == null ? "main" : request.revision();
        DownloadStatus status = downloads.request(Repository.of(request.repo(), revision));
        return ResponseEntity.accepted()
                .location(URI.create("/models/" + status.id()))
                .body(status);
    }

    @DeleteMapping("/models/{id}/download")
    @Operation(
            operationId = "discardDownload",
            summary = "Stops the download of a model",
            description =
                    "Deletes the files that were downloaded so far, also after a failure. A complete model stays.")
    @ApiResponse(responseCode = "204")
    ResponseEntity<Void> discard(@PathVariable String id) {
        if (!downloads.discard(id)) {
            throw new UnknownModel(id);
        }
        return ResponseEntity.noContent().build();
    }
}
