package dev.headlight.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The models that can be asked for: the embedded one and every checkpoint folder. Each is loaded once, on first use. */
public final class Models implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Models.class);

    /** Turns a checkpoint into a model. */
    public interface Loader {
        /** @throws ModelRefused for what is not implemented */
        ModelInfo info(Config config);

        /** @throws ModelRefused for what cannot be loaded exactly */
        HookedModel load(String id, Checkpoint checkpoint, Torch torch);
    }

    /**
     * One line of the list.
     *
     * @param info null where the model is refused
     * @param dtype what it computes in; null where the model is refused
     * @param reason why it is refused; null where it is not
     */
    public record Listed(
            String id,
            @Nullable ModelInfo info,
            @Nullable String dtype,
            boolean loaded,
            boolean hasTokenizer,
            @Nullable String reason) {}

    /**
     * Where the models are.
     *
     * @param embedded the model that is always there
     * @param folder holds one sub-folder a checkpoint; null for none
     * @param defaultId what requests get that name no model
     */
    public record Catalogue(
            String embeddedId,
            Checkpoint embedded,
            @Nullable Path folder,
            String defaultId) {}

    private final Catalogue catalogue;
    private final Torch torch;
    private final Loader loader;
    private final BiConsumer<HookedModel, Duration> onLoad;
    private final Map<String, HookedModel> loaded = new ConcurrentHashMap<>();
    private final Map<String, ModelRefused> refused = new ConcurrentHashMap<>();

    /**
     * @param onLoad told of every model that was loaded, and how long it took
     * @throws BadSetting if the folder is none, or if the default is no model here
     */
    public Models(Catalogue catalogue, Torch torch, Loader loader, BiConsumer<HookedModel, Duration> onLoad) {
        this.catalogue = catalogue;
        this.torch = torch;
        this.loader = loader;
        this.onLoad = onLoad;
        Path folder = catalogue.folder;
        String defaultId = catalogue.defaultId;
        if (folder != null && !Files.isDirectory(folder)) {
            throw new BadSetting("headlight.models-dir", "is " + folder + ", which is no folder");
        }
        if (!checkpoints().containsKey(defaultId)) {
            throw new BadSetting(
                    "headlight.default-model",
                    "is " + defaultId + "; there are " + checkpoints().keySet());
        }
    }

    public String defaultId() {
        return catalogue.defaultId;
    }

    /** Every model, the folder read afresh; those that are refused carry the reason. */
    public List<Listed> list() {
        List<Listed> list = new ArrayList<>();
        checkpoints().forEach((id, checkpoint) -> list.add(describe(id, checkpoint)));
        return list;
    }

    private Listed describe(String id, Checkpoint checkpoint) {
        HookedModel model = loaded.get(id);
        if (model != null) {
            return new Listed(id, model.info(), model.dtype(), true, model.hasTokenizer(), null);
        }
        try {
            ModelInfo info = loader.info(checkpoint.config());
            checkpoint.requireWeights();
            ModelRefused earlier = refused.get(id);
            return earlier == null
                    ? new Listed(id, info, torch.dtype(checkpoint).toString(), false, checkpoint.hasTokenizer(), null)
                    : refused(id, checkpoint, earlier);
        } catch (ModelRefused e) {
            return refused(id, checkpoint, e);
        }
    }

    private static Listed refused(String id, Checkpoint checkpoint, ModelRefused reason) {
        return new Listed(id, null, null, false, checkpoint.hasTokenizer(), reason.getMessage());
    }

    /**
     * The model of this id, loaded if it is not yet.
     *
     * @param id null for the default
     * @throws UnknownModel if there is none
     * @throws ModelRefused if it cannot be loaded exactly
     */
    public HookedModel get(@Nullable String id) {
        String wanted = id == null ? catalogue.defaultId : id;
        HookedModel model = loaded.get(wanted);
        if (model != null) {
            return model;
        }
        Checkpoint checkpoint = checkpoints().get(wanted);
        if (checkpoint == null) {
            throw new UnknownModel(
                    wanted,
                    list().stream()
                            .filter(m -> m.info() != null)
                            .map(Listed::id)
                            .toList());
        }
        return loaded.computeIfAbsent(wanted, k -> load(k, checkpoint));
    }

    private HookedModel load(String id, Checkpoint checkpoint) {
        long start = System.nanoTime();
        try {
            HookedModel model = loader.load(id, checkpoint, torch);
            refused.remove(id);
            Duration took = Duration.ofNanos(System.nanoTime() - start);
            log.info("Loaded model {} in {} ms", id, took.toMillis());
            onLoad.accept(model, took);
            return model;
        } catch (ModelRefused e) {
            refused.put(id, e);
            log.warn("Model {} is refused: {}", id, e.getMessage());
            throw e;
        }
    }

    /** By id; an embedded model is not hidden by a folder of its name. */
    private SortedMap<String, Checkpoint> checkpoints() {
        SortedMap<String, Checkpoint> found = new TreeMap<>();
        if (catalogue.folder != null) {
            try (Stream<Path> all = Files.list(catalogue.folder)) {
                all.filter(Checkpoint::isIn)
                        .forEach(p -> found.put(p.getFileName().toString(), new Checkpoint(p)));
            } catch (IOException e) {
                log.warn("The models folder cannot be read", e);
            }
        }
        found.put(catalogue.embeddedId, catalogue.embedded);
        return found;
    }

    @Override
    public void close() {
        loaded.values().forEach(HookedModel::close);
    }
}
