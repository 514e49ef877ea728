package dev.headlight.model.store;

import dev.headlight.model.HookedModel;
import dev.headlight.model.ModelInfo;
import dev.headlight.model.ModelLoader;
import dev.headlight.model.checkpoint.Checkpoint;
import dev.headlight.model.checkpoint.FileHashes;
import dev.headlight.model.checkpoint.Torch;
import dev.headlight.model.fault.ModelRefused;
import dev.headlight.model.fault.TooLarge;
import dev.headlight.model.fault.UnknownModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The models that requests can name: the embedded one and every checkpoint folder. Each is loaded once, on first use. */
public final class Models implements AutoCloseable {
    /**
     * One model in the list of models.
     *
     * @param info its sizes; null if the model is refused
     * @param dtype the dtype that it computes in; null if the model is refused
     * @param reason why it is refused; null if it is not
     */
    public record Listed(
            String id,
            @Nullable ModelInfo info,
            @Nullable String dtype,
            boolean loaded,
            boolean hasTokenizer,
            @Nullable String reason) {}

    private final Catalogue catalogue;
    private final CheckpointLoader loader;
    private final Residency residency;
    private final FileHashes hashes = new FileHashes();

    /**
     * The models of a catalogue, none of them loaded yet.
     *
     * @param budget memory for models and requests together
     * @param wait how long a request waits for memory
     * @param onLoad called with every loaded model and the time that loading took
     */
    public Models(
            Catalogue catalogue,
            Torch torch,
            ModelLoader loader,
            MemoryBudget budget,
            Duration wait,
            BiConsumer<HookedModel, Duration> onLoad) {
        this.catalogue = catalogue;
        this.loader = new CheckpointLoader(torch, loader, onLoad);
        this.residency = new Residency(budget, wait);
    }

    /** The id of the model for requests that name no model. */
    public String defaultId() {
        return catalogue.defaultId();
    }

    /** Lists all models, after reading the folder again. Refused models have a reason. */
    public List<Listed> list() {
        List<Listed> list = new ArrayList<>();
        catalogue.checkpoints().forEach((id, checkpoint) -> list.add(describe(id, checkpoint)));
        return list;
    }

    private Listed describe(String id, Checkpoint checkpoint) {
        try {
            HookedModel model = residency.peek(id, checkpoint.fingerprint());
            if (model != null) {
                return new Listed(
                        id, model.info(), model.dtype(), true, model.text().hasTokenizer(), null);
            }
            ModelInfo info = loader.info(checkpoint);
            String failure = loader.failure(id, checkpoint);
            return failure == null
                    ? new Listed(id, info, loader.dtype(checkpoint), false, checkpoint.hasTokenizer(), null)
                    : refused(id, checkpoint, failure);
        } catch (ModelRefused e) {
            return refused(id, checkpoint, String.valueOf(e.getMessage()));
        }
    }

    private static Listed refused(String id, Checkpoint checkpoint, String reason) {
        return new Listed(id, null, null, false, checkpoint.hasTokenizer(), reason);
    }

    /**
     * Admits one use of a model, and loads the model first if necessary.
     *
     * @param id null for the default model
     * @param field of the request that asks for the memory
     * @param prepare prepares the use on the loaded model. It is called again only if the model is dropped and loaded
     *     again while the request waits. The result must hold no native memory.
     * @throws UnknownModel if no model has this id
     * @throws ModelRefused if the model cannot be loaded exactly
     * @throws TooLarge if the model or the use can never fit into memory
     * @throws MemoryBudget.NotEnoughMemory if they do not fit in time
     */
    public <P extends Admission.Prepared> Admission<P> admit(
            @Nullable String id, String field, Function<HookedModel, P> prepare) {
        String wanted = id == null ? catalogue.defaultId() : id;
        return residency.admit(loader.loadable(wanted, checkpoint(wanted)), field, prepare);
    }

    /**
     * Admits one use that takes no memory, and loads the model first if necessary.
     *
     * @param id null for the default model
     * @param field of the request that names the model
     * @throws UnknownModel if no model has this id
     * @throws ModelRefused if the model cannot be loaded exactly
     * @throws TooLarge if the model can never fit into memory
     * @throws MemoryBudget.NotEnoughMemory if it does not fit in time
     */
    public Admission<?> admit(@Nullable String id, String field) {
        return admit(id, field, model -> () -> 0);
    }

    /** Loads a model if it is not loaded. */
    public void load(@Nullable String id) {
        admit(id, "model").close();
    }

    /**
     * Drops a model from memory at the end of its last use. The next request loads it again.
     *
     * @throws UnknownModel if no model has this id
     */
    public void unload(String id) {
        checkpoint(id);
        residency.drop(id);
    }

    private Checkpoint checkpoint(String id) {
        Checkpoint checkpoint = catalogue.find(id);
        if (checkpoint == null) {
            residency.drop(id); // its folder was deleted
            throw new UnknownModel(
                    id,
                    list().stream()
                            .filter(m -> m.info() != null)
                            .map(Listed::id)
                            .toList());
        }
        return checkpoint;
    }

    /**
     * Describes one model without loading it, also one that is refused. Hook points are known only if it is loaded.
     *
     * @throws UnknownModel if no model has this id
     */
    public ModelDetail detail(String id) {
        Checkpoint checkpoint = checkpoint(id);
        Listed listed = describe(id, checkpoint);
        try {
            return detail(checkpoint, listed);
        } catch (ModelRefused e) { // its files have changed since they were described
            return detail(checkpoint, refused(id, checkpoint, String.valueOf(e.getMessage())));
        }
    }

    private ModelDetail detail(Checkpoint checkpoint, Listed listed) {
        String id = listed.id();
        HookedModel model = listed.loaded() ? residency.peek(id, checkpoint.fingerprint()) : null;
        List<ModelDetail.File> files = checkpoint.files().stream()
                .map(p -> new ModelDetail.File(p.getFileName().toString(), size(p), hashes.sha256(p)))
                .toList();
        return new ModelDetail(
                listed,
                state(listed),
                listed.info() == null ? null : checkpoint.parameters(),
                listed.info() == null ? null : loader.loadable(id, checkpoint).bytes(),
                files,
                model == null || listed.info() == null ? null : ModelDetail.points(model.hookPoints(), listed.info()));
    }

    private String state(Listed listed) {
        if (listed.loaded()) {
            return "loaded";
        }
        return residency.isLoading(listed.id()) ? "loading" : listed.reason() == null ? "available" : "refused";
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            return 0; // gone by now
        }
    }

    @Override
    public void close() {
        residency.close();
        hashes.close();
    }
}
