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
import java.util.function.ToLongFunction;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The models that can be asked for: the embedded one and every checkpoint folder. Each is loaded once, on first use. */
public final class Models implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Models.class);
    private static final Pattern FOLDER_NAME = Pattern.compile("(?!\\.{1,2}$)[^/\\\\\\x00-\\x1F]{1,255}"); // no path

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
    private final Residency residency;
    private final FileHashes hashes = new FileHashes();
    private final Map<Path, Checkpoint> known = new ConcurrentHashMap<>(); // each keeps the hash of its weights
    private final Map<String, Failure> failures = new ConcurrentHashMap<>();

    /** Why a folder could not be loaded, and what was in it then. */
    private record Failure(Checkpoint.Fingerprint files, String reason) {}

    /**
     * @param budget what models and requests may take together
     * @param patience how long a request waits for memory
     * @param onLoad told of every model that was loaded, and how long it took
     * @throws BadSetting if the folder is none, or if the default is no model here
     */
    public Models(
            Catalogue catalogue,
            Torch torch,
            Loader loader,
            MemoryBudget budget,
            Duration patience,
            BiConsumer<HookedModel, Duration> onLoad) {
        this.catalogue = catalogue;
        this.torch = torch;
        this.loader = loader;
        this.onLoad = onLoad;
        this.residency = new Residency(budget, patience);
        Path folder = catalogue.folder;
        String defaultId = catalogue.defaultId;
        if (folder != null && !Files.isDirectory(folder)) {
            throw new BadSetting("headlight.models-dir", "is " + folder + ", which is no folder");
        }
        if (find(defaultId) == null) {
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
        HookedModel model = residency.peek(id);
        if (model != null) {
            return new Listed(
                    id, model.info(), model.dtype(), true, model.text().hasTokenizer(), null);
        }
        try {
            ModelInfo info = loader.info(checkpoint.config());
            checkpoint.requireWeights();
            Failure failure = failures.get(id);
            return failure == null || !failure.files.equals(checkpoint.fingerprint())
                    ? new Listed(id, info, torch.dtype(checkpoint).toString(), false, checkpoint.hasTokenizer(), null)
                    : refused(id, checkpoint, failure.reason);
        } catch (ModelRefused e) {
            return refused(id, checkpoint, String.valueOf(e.getMessage()));
        }
    }

    private static Listed refused(String id, Checkpoint checkpoint, String reason) {
        return new Listed(id, null, null, false, checkpoint.hasTokenizer(), reason);
    }

    /**
     * A model for one use, loaded if it is not yet.
     *
     * @param id null for the default
     * @param field of the request that asks for the memory
     * @param run bytes that the use takes; may be asked twice
     * @throws UnknownModel if there is none
     * @throws ModelRefused if it cannot be loaded exactly
     * @throws TooLarge if model or use can never fit into the memory
     * @throws MemoryBudget.NoRoom if they do not fit now
     */
    public Admission admit(@Nullable String id, String field, ToLongFunction<HookedModel> run) {
        String wanted = id == null ? catalogue.defaultId : id;
        Checkpoint checkpoint = checkpoint(wanted);
        return residency.admit(new Loadable(wanted, checkpoint), field, run);
    }

    /** Loads a model, if it is not yet. */
    public void load(@Nullable String id) {
        admit(id, "model", model -> 0).close();
    }

    /**
     * Drops a model from memory, at the end of its last use; the next request loads it again.
     *
     * @throws UnknownModel if there is none
     */
    public void unload(String id) {
        checkpoint(id);
        residency.drop(id);
    }

    private Checkpoint checkpoint(String id) {
        Checkpoint checkpoint = find(id);
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

    /** Without reading the whole folder. */
    private @Nullable Checkpoint find(String id) {
        if (id.equals(catalogue.embeddedId)) {
            return catalogue.embedded;
        }
        if (catalogue.folder == null || !FOLDER_NAME.matcher(id).matches()) {
            return null;
        }
        Path folder = catalogue.folder.resolve(id);
        return Checkpoint.isIn(folder) ? at(folder) : null;
    }

    private Checkpoint at(Path folder) {
        return known.computeIfAbsent(folder, Checkpoint::new);
    }

    /**
     * Everything about one model that is known without loading it, and its hook points where it is loaded.
     *
     * @throws UnknownModel if there is none
     */
    public Detail detail(String id) {
        Checkpoint checkpoint = checkpoint(id);
        Listed listed = describe(id, checkpoint);
        HookedModel model = residency.peek(id);
        List<Detail.File> files = checkpoint.files().stream()
                .map(p -> new Detail.File(p.getFileName().toString(), size(p), hashes.sha256(p)))
                .toList();
        return new Detail(
                listed,
                state(listed),
                listed.info() == null ? null : checkpoint.parameters(),
                listed.info() == null ? null : new Loadable(id, checkpoint).bytes(),
                files,
                model == null || listed.info() == null ? null : Detail.points(model.hookPoints(), listed.info()));
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

    private final class Loadable implements Residency.Loadable {
        private final String id;
        private final Checkpoint checkpoint;

        private Loadable(String id, Checkpoint checkpoint) {
            this.id = id;
            this.checkpoint = checkpoint;
        }

        @Override
        public String id() {
            return id;
        }

        @Override
        public Checkpoint.Fingerprint files() {
            return checkpoint.fingerprint();
        }

        @Override
        public long bytes() {
            return checkpoint.parameters() * torch.dtype(checkpoint).getNumOfBytes();
        }

        @Override
        public HookedModel load() {
            Checkpoint.Fingerprint files = files();
            long start = System.nanoTime();
            try {
                HookedModel model = loader.load(id, checkpoint, torch);
                failures.remove(id);
                Duration took = Duration.ofNanos(System.nanoTime() - start);
                log.info("Loaded model {} in {} ms", id, took.toMillis());
                onLoad.accept(model, took);
                return model;
            } catch (ModelRefused e) {
                failures.put(id, new Failure(files, String.valueOf(e.getMessage())));
                log.warn("Model {} is refused: {}", id, e.getMessage());
                throw e;
            }
        }
    }

    /** By id; an embedded model is not hidden by a folder of its name. */
    private SortedMap<String, Checkpoint> checkpoints() {
        SortedMap<String, Checkpoint> found = new TreeMap<>();
        if (catalogue.folder != null) {
            try (Stream<Path> all = Files.list(catalogue.folder)) {
                all.filter(Checkpoint::isIn)
                        .forEach(p -> found.put(p.getFileName().toString(), at(p)));
            } catch (IOException e) {
                log.warn("The models folder cannot be read", e);
            }
        }
        found.put(catalogue.embeddedId, catalogue.embedded);
        return found;
    }

    @Override
    public void close() {
        residency.close();
        hashes.close();
    }
}
