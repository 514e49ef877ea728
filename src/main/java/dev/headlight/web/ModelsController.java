package dev.headlight.web;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.headlight.model.Detail;
import dev.headlight.model.ModelInfo;
import dev.headlight.model.Models;
import dev.headlight.model.UnknownModel;
import dev.headlight.model.hub.DownloadStatus;
import dev.headlight.model.hub.DownloadStatus.Progress;
import dev.headlight.model.hub.Downloads;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
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

    @Schema(name = "ModelFile")
    record File(
            String name,
            long bytes,

            @Schema(description = "In hexadecimal; null until it has been computed in the background.") @Nullable
            String sha256) {}

    @Schema(name = "HookPoint")
    record HookPoint(
            @Schema(example = "resid_post") String hook,

            @Schema(description = "In full; `*` stands for each of `layers`.", example = "blocks.*.hook_resid_post")
            String name,

            @Schema(description = "Layers that have it; null for one that the model has once.") @Nullable
            List<Integer> layers,

            List<String> dims,

            @Schema(description = "For one input; null stands for the number of tokens.")
            List<@Nullable Integer> shape) {}

    /** @param state of a model that is here: one of {@link Detail}; of one that is brought: of its download */
    @Schema(name = "ModelDetail")
    record Detailed(
            String id,

            @Schema(
                    description =
                            "`loaded`, `loading`, `available` (loaded on first use) or `refused`; of a model that is brought from the hub: `queued`, `downloading`, `verifying` or `failed`.")
            String state,

            @Schema(description = "How far it has come from the hub; null for a model that did not come from there.")
            @Nullable
            Progress progress,

            @Schema(description = "Where it came from; null for a model that did not come from the hub.") @Nullable
            Source source,

            @Schema(description = "Why it cannot be loaded exactly, or was not brought; null where neither is so.")
            @Nullable
            String reason,

            @Schema(description = "As in the list; null where the model is refused, or not here yet.") @Nullable
            Model model,

            @Schema(description = "Values in its weight files.") @Nullable
            Long parameters,

            @Schema(description = "Bytes that its weights take in memory, or would.") @Nullable
            Long weightBytes,

            List<File> files,

            @Schema(description = "The tokenizer's file; null where there is none.") @Nullable
            String tokenizer,

            @Schema(description = "The licence's file; null where there is none.") @Nullable
            String licence,

            @Schema(description = "Its hook points; null where it is not loaded.") @Nullable
            List<HookPoint> hookPoints) {}

    @Schema(name = "Source")
    record Source(String repo, String revision, @Nullable String commit) {
        static @Nullable Source of(@Nullable DownloadStatus download) {
            return download == null ? null : new Source(download.repo(), download.revision(), download.commit());
        }
    }

    private static final Pattern LICENCE = Pattern.compile("(?i)(licen[cs]e|copying)([.-].*)?");

    private final Models models;
    private final Downloads downloads;

    ModelsController(Models models, Downloads downloads) {
        this.models = models;
        this.downloads = downloads;
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

    @GetMapping(path = "/models/{id}", produces = MediaType.APPLICATION_JSON_VALUE)
    @Operation(summary = "Everything about one model", description = "Nothing is loaded for it.")
    Detailed one(@PathVariable String id) {
        DownloadStatus download = downloads.find(id);
        try {
            return detailed(models.detail(id), download);
        } catch (UnknownModel e) {
            if (download == null) {
                throw e;
            }
            return notHereYet(download);
        }
    }

    private static Detailed notHereYet(DownloadStatus d) {
        return new Detailed(
                d.id(),
                d.state().toString(),
                d.progress(),
                Source.of(d),
                d.reason(),
                null,
                null,
                null,
                List.of(),
                null,
                null,
                null);
    }

    private Detailed detailed(Detail d, @Nullable DownloadStatus download) {
        Models.Listed m = d.listed();
        return new Detailed(
                m.id(),
                d.state(),
                download == null ? null : download.progress(),
                Source.of(download),
                m.reason(),
                m.info() == null || m.dtype() == null ? null : model(m, m.info(), m.dtype()),
                d.parameters(),
                d.weightBytes(),
                d.files().stream()
                        .map(f -> new File(f.name(), f.bytes(), f.sha256()))
                        .toList(),
                m.hasTokenizer() ? "tokenizer.json" : null,
                licence(d.files()),
                d.hookPoints() == null
                        ? null
                        : d.hookPoints().stream()
                                .map(p -> new HookPoint(p.shortName(), p.fullName(), p.layers(), p.dims(), p.shape()))
                                .toList());
    }

    private static @Nullable String licence(List<Detail.File> files) {
        return files.stream()
                .map(Detail.File::name)
                .filter(n -> LICENCE.matcher(n).matches())
                .findFirst()
                .orElse(null);
    }

    @PostMapping(path = "/models/{id}/load", produces = MediaType.APPLICATION_JSON_VALUE)
    @Operation(
            summary = "Loads a model now",
            description =
                    "Else its first request does. Others that nobody uses make room for it, the least recently used first.")
    Detailed load(@PathVariable String id) {
        models.load(id);
        return one(id);
    }

    @DeleteMapping(path = "/models/{id}/load")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    @Operation(
            summary = "Drops a model from memory",
            description = "Requests that run keep it to their end. The next request loads it again.")
    void unload(@PathVariable String id) {
        models.unload(id);
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
