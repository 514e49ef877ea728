package dev.headlight.web;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.headlight.model.ModelInfo;
import dev.headlight.model.hub.DownloadStatus;
import dev.headlight.model.hub.DownloadStatus.Progress;
import dev.headlight.model.store.ModelDetail;
import dev.headlight.model.store.Models;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** JSON bodies of the endpoints under {@code /models}. */
final class ModelBodies {
    private static final Pattern LICENCE = Pattern.compile("(?i)(licen[cs]e|copying)([.-].*)?");

    /** A model that can be used. */
    @Schema(name = "Model")
    record Model(
            @Schema(example = "micro") String id,

            @Schema(description = "Transformers' `model_type`.", example = "gpt2")
            String architecture,

            int nLayers,
            int nHeads,

            @Schema(description = "Number of key-value heads.")
            int nKvHeads,

            int dModel,
            int dHead,
            int dMlp,
            int vocabSize,

            @Schema(description = "Maximum number of tokens of one input. Null if there is no maximum.") @Nullable
            Integer contextLength,

            @Schema(description = "Data type of the computation.", example = "float32")
            String dtype,

            @Schema(description = "Whether attention is causal: a query sees only itself and earlier keys.")
            boolean causal,

            boolean loaded,
            boolean hasTokenizer,

            @Schema(description = "Whether this is the default model.") @JsonProperty("default")
            boolean isDefault) {
        /** A model of the list; null if it is refused. */
        private static @Nullable Model of(Models.Listed m, String defaultId) {
            ModelInfo info = m.info();
            String dtype = m.dtype();
            return info == null || dtype == null ? null : of(m, info, dtype, m.id().equals(defaultId));
        }

        private static Model of(Models.Listed m, ModelInfo i, String dtype, boolean isDefault) {
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
                    isDefault);
        }
    }

    /** A checkpoint folder that cannot be loaded. */
    @Schema(name = "RefusedModel")
    record Refused(
            String id,

            @Schema(description = "Why the model cannot be loaded exactly.")
            String reason) {}

    /**
     * The list of models.
     *
     * @param unsupported checkpoint folders that cannot be loaded exactly
     */
    @Schema(name = "Models")
    record Listing(List<Model> models, List<Refused> unsupported) {
        /** The whole list. */
        static Listing of(List<Models.Listed> all, String defaultId) {
            return new Listing(
                    all.stream()
                            .map(m -> Model.of(m, defaultId))
                            .filter(Objects::nonNull)
                            .toList(),
                    all.stream()
                            .filter(m -> m.reason() != null)
                            .map(m -> new Refused(m.id(), m.reason()))
                            .toList());
        }
    }

    /** A file of a checkpoint folder. */
    @Schema(name = "ModelFile")
    record File(
            String name,
            long bytes,

            @Schema(description = "SHA-256 in hexadecimal. Null until it has been computed in the background.")
            @Nullable
            String sha256) {}

    /** A hook point of a loaded model. */
    @Schema(name = "HookPoint")
    record HookPoint(
            @Schema(example = "resid_post") String hook,

            @Schema(description = "Full name. `*` stands for each of `layers`.", example = "blocks.*.hook_resid_post")
            String name,

            @Schema(description = "Layers that have the hook point. Null if it belongs to no layer.") @Nullable
            List<Integer> layers,

            List<String> dims,

            @Schema(description = "Shape for one input. Null stands for the number of tokens.")
            List<@Nullable Integer> shape) {
        private static @Nullable List<HookPoint> of(@Nullable List<ModelDetail.Point> points) {
            return points == null
                    ? null
                    : points.stream()
                            .map(p -> new HookPoint(p.shortName(), p.fullName(), p.layers(), p.dims(), p.shape()))
                            .toList();
        }
    }

    /**
     * Everything about one model.
     *
     * @param state state of the model if its files are complete, see {@link ModelDetail}; otherwise of its download
     */
    @Schema(name = "ModelDetail")
    record Detailed(
            String id,

            @Schema(
                    description =
                            "`loaded`, `loading`, `available` (loaded on first use) or `refused`. While a model is downloaded from the hub: `queued`, `downloading`, `verifying` or `failed`.")
            String state,

            @Schema(description = "Progress of the download. Null if the model does not come from the hub.") @Nullable
            Progress progress,

            @Schema(description = "Origin on the hub. Null if the model does not come from the hub.") @Nullable
            Source source,

            @Schema(description = "Why the model cannot be loaded exactly, or why the download failed. Null otherwise.")
            @Nullable
            String reason,

            @Schema(
                    description =
                            "Properties of the model, as in the list. Null if the model is refused, or not downloaded yet.")
            @Nullable
            Model model,

            @Schema(description = "Number of values in the weight files.") @Nullable
            Long parameters,

            @Schema(description = "Memory that the weights take when the model is loaded, in bytes.") @Nullable
            Long weightBytes,

            List<File> files,

            @Schema(description = "File of the tokenizer. Null if the model has no tokenizer.") @Nullable
            String tokenizer,

            @Schema(description = "File of the licence. Null if the folder has no licence file.") @Nullable
            String licence,

            @Schema(description = "Hook points. Null if the model is not loaded.") @Nullable
            List<HookPoint> hookPoints) {
        /** A model whose files are complete. */
        static Detailed of(ModelDetail d, @Nullable DownloadStatus download, String defaultId) {
            Models.Listed m = d.listed();
            return new Detailed(
                    m.id(),
                    d.state(),
                    download == null ? null : download.progress(),
                    Source.of(download),
                    m.reason(),
                    Model.of(m, defaultId),
                    d.parameters(),
                    d.weightBytes(),
                    d.files().stream()
                            .map(f -> new File(f.name(), f.bytes(), f.sha256()))
                            .toList(),
                    m.hasTokenizer() ? "tokenizer.json" : null,
                    licence(d.files()),
                    HookPoint.of(d.hookPoints()));
        }

        /** A model whose download is not complete. */
        static Detailed of(DownloadStatus d) {
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

        private static @Nullable String licence(List<ModelDetail.File> files) {
            return files.stream()
                    .map(ModelDetail.File::name)
                    .filter(n -> LICENCE.matcher(n).matches())
                    .findFirst()
                    .orElse(null);
        }
    }

    /** Origin of a downloaded model on the hub. */
    @Schema(name = "Source")
    record Source(String repo, String revision, @Nullable String commit) {
        private static @Nullable Source of(@Nullable DownloadStatus download) {
            return download == null ? null : new Source(download.repo(), download.revision(), download.commit());
        }
    }

    private ModelBodies() {}
}
