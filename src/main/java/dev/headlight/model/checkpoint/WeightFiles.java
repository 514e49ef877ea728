package dev.headlight.model.checkpoint;

import dev.headlight.model.fault.ModelRefused;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Finds the weight files of a checkpoint folder. */
public final class WeightFiles {
    /** The name of the weight file if all weights are in one file. */
    public static final String SINGLE = "model.safetensors";

    /** The endings of weight files that are Python pickles, which are not read. */
    public static final List<String> PICKLES = List.of(".bin", ".pt", ".pth");

    private static final String PICKLE_ADVICE = """
            %1$s is a Python pickle, which is not read because it can run code; convert its state dict once with
              import torch, safetensors.torch as st
              st.save_file({k: v.clone() for k, v in torch.load("%1$s", map_location="cpu", weights_only=True).items()}, "model.safetensors")""";

    /** Formats of weights that are not read, by the endings of their files. */
    private static final Map<String, String> OTHERS = Map.of(
            ".gguf", "GGUF",
            ".onnx", "ONNX",
            ".h5", "TensorFlow",
            ".tflite", "TensorFlow Lite",
            ".msgpack", "Flax",
            ".ot", "rust-bert",
            ".mlmodel", "Core ML",
            ".npz", "NumPy");

    private WeightFiles() {}

    /** Whether the name of a file is that of weights in some format, or of their index. */
    static boolean isName(String name) {
        return name.equals(ShardIndex.FILE)
                || (name.endsWith(".safetensors") && !name.equals(Checkpoint.TUNED_LENS))
                || PICKLES.stream().anyMatch(name::endsWith)
                || OTHERS.keySet().stream().anyMatch(name::endsWith);
    }

    /**
     * The safetensors files with the model's weights, sorted by name: all shards of the index, or the only file.
     *
     * @throws ModelRefused if the folder has no weights, several files without an index, or not all shards
     */
    static List<Path> of(Path folder) {
        if (ShardIndex.isIn(folder)) {
            return ShardIndex.read(folder).values().stream()
                    .distinct()
                    .sorted()
                    .map(name -> shard(name, folder))
                    .toList();
        }
        Path single = folder.resolve(SINGLE);
        BrokenFile.refuseIfThere(single);
        if (Files.isRegularFile(single)) {
            return List.of(single);
        }
        List<Path> all = safetensors(folder);
        if (all.size() != 1) {
            throw new ModelRefused(whyNotOne(all.size(), folder));
        }
        return all;
    }

    private static String whyNotOne(int files, Path folder) {
        if (files > 1) {
            return "the folder holds " + files + " .safetensors files and no " + ShardIndex.FILE;
        }
        List<String> pickles = pickles(folder);
        if (!pickles.isEmpty()) {
            return PICKLE_ADVICE.formatted(pickles.get(0));
        }
        return OTHERS.keySet().stream()
                .sorted()
                .flatMap(ending -> ending(ending, folder).stream())
                .map(WeightFiles::otherFormat)
                .findFirst()
                .orElse("the folder holds no .safetensors file: put the weights of the model into it");
    }

    private static String otherFormat(Path file) {
        String name = file.getFileName().toString();
        String format = OTHERS.get(name.substring(name.lastIndexOf('.')));
        return "the folder holds its weights as " + format + " only (" + name
                + "), which is not read: put config.json and the .safetensors files of the same model into it";
    }

    private static Path shard(String name, Path folder) {
        if (isName(name) && !name.contains("/") && !name.contains("\\")) {
            BrokenFile.refuseIfThere(folder.resolve(name));
        }
        return ending(".safetensors", folder).stream()
                .filter(path -> path.getFileName().toString().equals(name))
                .findFirst()
                .orElseThrow(() ->
                        new ModelRefused(ShardIndex.FILE + " names the file " + name + ", which is not in the folder"));
    }

    private static List<Path> safetensors(Path folder) {
        return ending(".safetensors", folder).stream()
                .filter(path -> !path.getFileName().toString().equals(Checkpoint.TUNED_LENS))
                .toList();
    }

    private static List<String> pickles(Path folder) {
        return PICKLES.stream()
                .flatMap(ending -> ending(ending, folder).stream())
                .map(p -> p.getFileName().toString())
                .toList();
    }

    /** The regular files of a folder whose names have this ending, sorted; empty if the folder cannot be listed. */
    static List<Path> ending(String ending, Path folder) {
        try (Stream<Path> all = Files.list(folder)) {
            return all.filter(p -> p.getFileName().toString().endsWith(ending) && Files.isRegularFile(p))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            return List.of(); // a folder that cannot be listed is not a checkpoint
        }
    }
}
