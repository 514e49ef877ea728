package dev.headlight.model.store;

import dev.headlight.model.checkpoint.Checkpoint;
import dev.headlight.model.fault.BadSetting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The checkpoints that requests can name: the embedded one, and each sub-folder of the models folder. */
public final class Catalogue {
    private static final Logger log = LoggerFactory.getLogger(Catalogue.class);
    private static final Pattern FOLDER_NAME = Pattern.compile("(?!\\.{1,2}$)[^/\\\\\\x00-\\x1F]{1,255}"); // no path

    private final String embeddedId;
    private final Checkpoint embedded;
    private final @Nullable Path folder;
    private final String defaultId;
    private final Map<Path, Checkpoint> known = new ConcurrentHashMap<>(); // each keeps the hash of its weights

    /**
     * A catalogue of the embedded model and of a folder, which is read again on each call.
     *
     * @param embedded the model that is always there
     * @param folder has one sub-folder per checkpoint; null for no folder
     * @param defaultId the model of requests that name none
     * @throws BadSetting if the folder is not a folder, or if there is no model with the default id
     */
    public Catalogue(String embeddedId, Checkpoint embedded, @Nullable Path folder, String defaultId) {
        this.embeddedId = embeddedId;
        this.embedded = embedded;
        this.folder = folder;
        this.defaultId = defaultId;
        if (folder != null && !Files.isDirectory(folder)) {
            throw new BadSetting("headlight.models-dir", "is " + folder + ", which is not a folder");
        }
        if (find(defaultId) == null) {
            throw new BadSetting(
                    "headlight.default-model",
                    "is " + defaultId + "; there are " + checkpoints().keySet());
        }
    }

    String defaultId() {
        return defaultId;
    }

    /** Finds one checkpoint without reading the whole folder; null if it does not exist. */
    @Nullable
    Checkpoint find(String id) {
        if (id.equals(embeddedId)) {
            return embedded;
        }
        Path path = folder == null ? null : subfolder(folder, id);
        return path != null && Checkpoint.isIn(path) ? at(path) : null;
    }

    /** The sub-folder with a name; null if the name leads anywhere else, such as {@code ..} or, on Windows, {@code C:x}. */
    static @Nullable Path subfolder(Path folder, String name) {
        try {
            Path path = folder.resolve(name);
            boolean directly = folder.equals(path.getParent()) && name.equals(String.valueOf(path.getFileName()));
            return directly && FOLDER_NAME.matcher(name).matches() ? path : null;
        } catch (InvalidPathException e) {
            return null;
        }
    }

    /** All checkpoints by id. A folder with the embedded model's name does not hide it. */
    SortedMap<String, Checkpoint> checkpoints() {
        SortedMap<String, Checkpoint> found = new TreeMap<>();
        if (folder != null) {
            try (Stream<Path> all = Files.list(folder)) {
                all.filter(Checkpoint::isIn)
                        .forEach(p -> found.put(p.getFileName().toString(), at(p)));
            } catch (IOException e) {
                log.warn("The models folder cannot be read", e);
            }
        }
        found.put(embeddedId, embedded);
        return found;
    }

    private Checkpoint at(Path path) {
        return known.computeIfAbsent(path, Checkpoint::new);
    }
}
