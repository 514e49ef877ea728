package dev.headlight.model;

import ai.djl.ndarray.NDManager;
import com.google.gson.JsonElement;
import dev.headlight.tensor.SafetensorsFile;
import dev.headlight.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A Hugging Face checkpoint folder: {@code config.json}, safetensors, and perhaps {@code tokenizer.json}. */
public final class Checkpoint {
    private static final Logger log = LoggerFactory.getLogger(Checkpoint.class);
    public static final String SINGLE = "model.safetensors";
    public static final String INDEX = "model.safetensors.index.json";
    public static final List<String> PICKLES = List.of(".bin", ".pt", ".pth");
    private static final long MAX_INDEX = 64 << 20; // bytes
    private static final String PICKLE_ADVICE = """
            %1$s is a Python pickle, which is not read because it can run code; convert its state dict once with
              import torch, safetensors.torch as st
              st.save_file({k: v.clone() for k, v in torch.load("%1$s", map_location="cpu", weights_only=True).items()}, "model.safetensors")""";

    /** What its files are now, without reading them: another one means that they were changed. */
    record Fingerprint(List<String> files) {}

    private final Path folder;
    private @Nullable Fingerprint hashed;
    private CompletableFuture<@Nullable String> sha256 = CompletableFuture.completedFuture(null);

    public Checkpoint(Path folder) {
        this.folder = folder;
    }

    /** Whether a folder looks like a checkpoint, in a format that is read or one that is refused with advice. */
    static boolean isIn(Path folder) {
        return Files.isRegularFile(folder.resolve("config.json"))
                && (!weights(folder).isEmpty() || !pickles(folder).isEmpty());
    }

    /** Its files, by name, but for hidden ones. */
    List<Path> files() {
        return files(folder, "").stream()
                .filter(p -> !p.getFileName().toString().startsWith("."))
                .toList();
    }

    /** @throws ModelRefused if the folder is gone */
    Fingerprint fingerprint() {
        try (Stream<Path> all = Files.list(folder)) {
            List<String> found = new ArrayList<>();
            for (Path file : all.sorted().toList()) {
                BasicFileAttributes a = Files.readAttributes(file, BasicFileAttributes.class);
                found.add(file.getFileName() + " " + a.size() + " " + a.lastModifiedTime() + " " + a.fileKey());
            }
            return new Fingerprint(found);
        } catch (IOException | UncheckedIOException e) {
            throw new ModelRefused("its folder cannot be read, or changes at this moment", e);
        }
    }

    /** @throws ModelRefused if it cannot be read */
    public Config config() {
        return Config.read(folder.resolve("config.json"));
    }

    /** @throws ModelRefused if there are no weights in a format that is read */
    void requireWeights() {
        weightFiles();
    }

    Path folder() {
        return folder;
    }

    public boolean hasTokenizer() {
        return Files.isRegularFile(tokenizerFile());
    }

    Path tokenizerFile() {
        return folder.resolve("tokenizer.json");
    }

    /**
     * The tensors of all files, by name.
     *
     * @param manager owns what is read through them
     * @throws ModelRefused if a file is missing, unsound, or at odds with the index
     */
    public Weights weights(NDManager manager, Torch torch) {
        return new Weights(tensors(), manager, torch.dtype(this), torch::maps);
    }

    /** The dtypes that its files hold, named as in the safetensors format. */
    Set<String> dtypes() {
        return tensors().entrySet().stream()
                .map(e -> e.getValue().dtype(e.getKey()))
                .collect(Collectors.toSet());
    }

    /** Values in its weight files. */
    long parameters() {
        return tensors().entrySet().stream()
                .mapToLong(e -> Tensor.size(e.getValue().shape(e.getKey())))
                .sum();
    }

    private Map<String, SafetensorsFile> tensors() {
        Map<String, SafetensorsFile> byName = new LinkedHashMap<>();
        try {
            for (Path path : weightFiles()) {
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
        for (String name : index().keySet()) {
            if (!byName.containsKey(name)) {
                throw new ModelRefused("weight " + name + " is in " + INDEX + " and in no file");
            }
        }
        return byName;
    }

    /**
     * The SHA-256 of the weight file in hexadecimal; of several shards, that of their contents one after the other, by
     * file name. It is computed in the background, once for each state of the files; null where it cannot be.
     */
    synchronized CompletableFuture<@Nullable String> sha256() {
        Fingerprint files = fingerprint();
        if (!files.equals(hashed)) {
            hashed = files;
            sha256 = CompletableFuture.supplyAsync(this::hash).exceptionally(Checkpoint::unknown);
        }
        return sha256;
    }

    private static @Nullable String unknown(Throwable fault) {
        log.warn("The hash of a model's weights cannot be computed", fault);
        return null;
    }

    private String hash() {
        try {
            return FileHashes.sha256(weightFiles());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<Path> weightFiles() {
        if (Files.isRegularFile(folder.resolve(INDEX))) {
            return index().values().stream()
                    .distinct()
                    .sorted()
                    .map(this::shard)
                    .toList();
        }
        if (Files.isRegularFile(folder.resolve(SINGLE))) {
            return List.of(folder.resolve(SINGLE));
        }
        List<Path> all = weights(folder);
        if (all.size() == 1) {
            return all;
        }
        if (all.isEmpty()) {
            List<String> pickles = pickles(folder);
            throw new ModelRefused(
                    pickles.isEmpty()
                            ? "the folder holds no .safetensors file"
                            : PICKLE_ADVICE.formatted(pickles.get(0)));
        }
        throw new ModelRefused("the folder holds " + all.size() + " .safetensors files and no " + INDEX);
    }

    /** Tensor name to file name; empty where there is no index. */
    private SortedMap<String, String> index() {
        Path file = folder.resolve(INDEX);
        return Files.isRegularFile(file) ? index(file) : new TreeMap<>();
    }

    /**
     * The shards that an index names, by the tensors in them.
     *
     * @throws ModelRefused if it cannot be read
     */
    public static SortedMap<String, String> index(Path file) {
        JsonElement map = StrictJson.read(file, MAX_INDEX).get("weight_map");
        if (map == null || !map.isJsonObject()) {
            throw new ModelRefused(INDEX + " cannot be read: weight_map must be an object");
        }
        SortedMap<String, String> index = new TreeMap<>();
        map.getAsJsonObject().entrySet().forEach(e -> index.put(e.getKey(), fileName(e.getKey(), e.getValue())));
        return index;
    }

    private static String fileName(String weight, JsonElement file) {
        if (!file.isJsonPrimitive() || !file.getAsJsonPrimitive().isString()) {
            throw new ModelRefused(INDEX + " cannot be read: weight_map." + weight + " must be a file's name");
        }
        return file.getAsString();
    }

    private Path shard(String name) {
        return files(folder, ".safetensors").stream()
                .filter(path -> path.getFileName().toString().equals(name))
                .findFirst()
                .orElseThrow(
                        () -> new ModelRefused(INDEX + " names the file " + name + ", which is not in the folder"));
    }

    private static List<String> pickles(Path folder) {
        return PICKLES.stream()
                .flatMap(ending -> files(folder, ending).stream())
                .map(p -> p.getFileName().toString())
                .toList();
    }

    private static List<Path> weights(Path folder) {
        return files(folder, ".safetensors").stream()
                .filter(path -> !path.getFileName().toString().equals(TunedLens.FILE))
                .toList();
    }

    private static List<Path> files(Path folder, String ending) {
        try (Stream<Path> all = Files.list(folder)) {
            return all.filter(p -> p.getFileName().toString().endsWith(ending) && Files.isRegularFile(p))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            return List.of(); // gone, or not readable: no checkpoint
        }
    }
}
