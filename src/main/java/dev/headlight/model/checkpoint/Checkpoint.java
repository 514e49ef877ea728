package dev.headlight.model.checkpoint;

import ai.djl.ndarray.NDManager;
import dev.headlight.model.fault.ModelRefused;
import dev.headlight.tensor.SafetensorsFile;
import dev.headlight.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
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
import java.util.stream.Collectors;
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
    private @Nullable Fingerprint hashed;
    private CompletableFuture<@Nullable String> sha256 = CompletableFuture.completedFuture(null);

    /** Describes the checkpoint in a folder, without reading it. */
    public Checkpoint(Path folder) {
        this.folder = folder;
    }

    /**
     * Whether a folder looks like a checkpoint, with weights as safetensors or as pickles, which are refused with
     * advice.
     */
    public static boolean isIn(Path folder) {
        return Files.isRegularFile(folder.resolve("config.json")) && WeightFiles.areIn(folder);
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
                BasicFileAttributes a = Files.readAttributes(file, BasicFileAttributes.class);
                found.add(new FileState(file.getFileName().toString(), a.size(), a.lastModifiedTime(), a.fileKey()));
            }
            return new Fingerprint(found);
        } catch (IOException | UncheckedIOException e) {
            throw new ModelRefused("its folder cannot be read, or is changing right now", e);
        }
    }

    /**
     * Reads {@code config.json}.
     *
     * @throws ModelRefused if it cannot be read
     */
    public Config config() {
        return Config.read(folder.resolve("config.json"));
    }

    /**
     * Checks that the folder holds weights in a supported format.
     *
     * @throws ModelRefused if it does not
     */
    public void requireWeights() {
        WeightFiles.of(folder);
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
        return tensors().entrySet().stream()
                .map(e -> e.getValue().dtype(e.getKey()))
                .collect(Collectors.toSet());
    }

    /** Number of values in all weight files. */
    public long parameters() {
        return tensors().entrySet().stream()
                .mapToLong(e -> Tensor.size(e.getValue().shape(e.getKey())))
                .sum();
    }

    private Map<String, SafetensorsFile> tensors() {
        Map<String, SafetensorsFile> byName = new LinkedHashMap<>();
        try {
            for (Path path : WeightFiles.of(folder)) {
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
