package dev.headlight.model.checkpoint;

import ai.djl.ndarray.NDManager;
import dev.headlight.model.fault.ModelRefused;
import dev.headlight.tensor.SafetensorsFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A Hugging Face checkpoint folder: {@code config.json}, weights as safetensors and, where there is a tokenizer, {@code
 * tokenizer.json}.
 */
public final class Checkpoint {
    /** A tuned lens next to the model's weights; it is not one of them. */
    public static final String TUNED_LENS = "tuned_lens.safetensors";

    private static final String CONFIG = "config.json";

    private static final Logger log = LoggerFactory.getLogger(Checkpoint.class);
    /** The names, sizes and times of the files, without their contents. It changes when a file changes. */
    public record Fingerprint(List<FileState> files) {}

    /**
     * What a folder says about one file.
     *
     * @param bytes its size
     * @param key tells it from another file of the same name; null where the file system has no such key
     */
    public record FileState(
            String name,
            long bytes,
            FileTime modified,
            @Nullable Object key) {}

    private final Path folder;
    private volatile @Nullable Headers headers;
    private @Nullable Fingerprint hashed;
    private CompletableFuture<@Nullable String> sha256 = CompletableFuture.completedFuture(null);

    /** Describes the checkpoint in a folder, without reading it. */
    public Checkpoint(Path folder) {
        this.folder = folder;
    }

    /**
     * Whether a folder looks like a checkpoint: it has a {@code config.json}, or weights in any format. It may be refused,
     * with advice. A folder that cannot be listed counts too.
     */
    public static boolean isIn(Path folder) {
        if (!Files.isDirectory(folder)) {
            return false;
        }
        try (Stream<Path> all = Files.list(folder)) {
            return all.map(file -> file.getFileName().toString())
                    .anyMatch(name -> name.equals(CONFIG) || WeightFiles.isName(name));
        } catch (AccessDeniedException e) {
            return true;
        } catch (IOException | UncheckedIOException e) {
            return false; // gone by now
        }
    }

    /** The files sorted by name, without hidden ones. */
    public List<Path> files() {
        return WeightFiles.ending("", folder).stream()
                .filter(p -> !p.getFileName().toString().startsWith("."))
                .toList();
    }

    /**
     * Describes the current state of the files.
     *
     * @throws ModelRefused if the folder cannot be listed
     */
    public Fingerprint fingerprint() {
        try (Stream<Path> all = Files.list(folder)) {
            List<FileState> found = new ArrayList<>();
            for (Path file : all.sorted().toList()) {
                BasicFileAttributes a = attributes(file);
                found.add(new FileState(file.getFileName().toString(), a.size(), a.lastModifiedTime(), a.fileKey()));
            }
            return new Fingerprint(found);
        } catch (AccessDeniedException e) {
            throw new ModelRefused("its folder cannot be read: the service lacks the permission to read it", e);
        } catch (IOException | UncheckedIOException e) {
            throw new ModelRefused("its folder cannot be read, or is changing right now", e);
        }
    }

    /** Those of the file that a link leads to, or of a link that leads nowhere. */
    private static BasicFileAttributes attributes(Path file) throws IOException {
        return Files.exists(file)
                ? Files.readAttributes(file, BasicFileAttributes.class)
                : Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    }

    /**
     * Reads {@code config.json}.
     *
     * @throws ModelRefused if it cannot be read
     */
    public Config config() {
        Path config = folder.resolve(CONFIG);
        if (!Files.exists(config, LinkOption.NOFOLLOW_LINKS)) {
            WeightFiles.of(folder); // weights in another format say more than the missing config
        }
        return Config.read(config);
    }

    /**
     * Checks the files, except the values of the weights. The headers of the weight files are read once per state of
     * the files.
     *
     * @throws ModelRefused if a file is missing, damaged, or in a format that is not read
     */
    public void requireReadable() {
        headers();
        BrokenFile.refuseIfThere(tokenizerFile());
        BrokenFile.refuseIfThere(folder.resolve("tokenizer_config.json"));
    }

    private Headers headers() {
        Fingerprint files = fingerprint();
        Headers known = headers;
        if (known == null || !known.files().equals(files)) {
            known = Headers.of(files, tensors());
            headers = known;
        }
        return known;
    }

    /** The folder of the checkpoint. */
    public Path folder() {
        return folder;
    }

    /** Whether the folder holds a {@code tokenizer.json}. */
    public boolean hasTokenizer() {
        return Files.isRegularFile(tokenizerFile());
    }

    /** The path of {@code tokenizer.json}, which need not exist. */
    public Path tokenizerFile() {
        return folder.resolve("tokenizer.json");
    }

    /**
     * Opens the tensors of all weight files, by name.
     *
     * @param manager owns the arrays that are read through the result
     * @param torch decides the dtype and whether files are mapped
     * @throws ModelRefused if a file is missing, malformed, or contradicts the index
     */
    public Weights weights(NDManager manager, Torch torch) {
        return new Weights(tensors(), manager, torch.dtype(this), torch::maps);
    }

    /** The dtypes of the stored tensors, named as in the safetensors format, such as {@code BF16}. */
    Set<String> dtypes() {
        return headers().dtypes();
    }

    /**
     * Number of values in all weight files.
     *
     * @throws ModelRefused if a file is missing, damaged, or in a format that is not read
     */
    public long parameters() {
        return headers().parameters();
    }

    private Map<String, SafetensorsFile> tensors() {
        Map<String, SafetensorsFile> byName = new LinkedHashMap<>();
        try {
            for (Path path : WeightFiles.of(folder)) {
                BrokenFile.refuse(path);
                SafetensorsFile file = new SafetensorsFile(path);
                for (String name : file.names()) {
                    if (byName.put(name, file) != null) {
                        throw new ModelRefused("weight " + name + " is in two files");
                    }
                }
            }
        } catch (IOException e) {
            throw new ModelRefused(Objects.requireNonNullElseGet(e.getMessage(), e::toString), e);
        }
        if (ShardIndex.isIn(folder)) {
            requireAll(ShardIndex.read(folder).keySet(), byName.keySet());
        }
        return byName;
    }

    private static void requireAll(Set<String> listed, Set<String> found) {
        for (String name : listed) {
            if (!found.contains(name)) {
                throw new ModelRefused("weight " + name + " is in " + ShardIndex.FILE + " and in no file");
            }
        }
    }

    /**
     * The SHA-256 of the weight file in hexadecimal. Several shards are hashed as one stream, sorted by file name. The
     * hash is computed in the background, once per state of the files; null if it cannot be computed.
     */
    public synchronized CompletableFuture<@Nullable String> sha256() {
        Fingerprint files = fingerprint();
        if (!files.equals(hashed)) {
            hashed = files;
            sha256 = CompletableFuture.supplyAsync(this::hash).exceptionally(Checkpoint::unknown);
        }
        return sha256;
    }

    private static @Nullable String unknown(Throwable fault) {
        log.warn("Cannot compute the hash of a model's weights", fault);
        return null;
    }

    private String hash() {
        try {
            return FileHashes.sha256(WeightFiles.of(folder));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
