package dev.headlight.model.checkpoint;

import com.google.gson.JsonElement;
import dev.headlight.model.fault.ModelRefused;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The index of a checkpoint whose weights are split into several files.
 *
 * @see <a href="https://huggingface.co/docs/safetensors/index">Hugging Face, safetensors</a>
 */
public final class ShardIndex {
    /** The name of the index in a checkpoint folder. */
    public static final String FILE = "model.safetensors.index.json";

    private static final long MAX_BYTES = 64 << 20;

    private ShardIndex() {}

    /** Whether a folder has an index. */
    static boolean isIn(Path folder) {
        return Files.exists(folder.resolve(FILE), LinkOption.NOFOLLOW_LINKS);
    }

    /**
     * Reads the index of a folder.
     *
     * @return the file name of each tensor, sorted by the tensors' names
     * @throws ModelRefused if the index is missing or cannot be read
     */
    public static SortedMap<String, String> read(Path folder) {
        JsonElement map = StrictJson.read(folder.resolve(FILE), MAX_BYTES).get("weight_map");
        if (map == null || !map.isJsonObject()) {
            throw new ModelRefused(FILE + " cannot be read: weight_map must be an object");
        }
        SortedMap<String, String> index = new TreeMap<>();
        map.getAsJsonObject().entrySet().forEach(e -> index.put(e.getKey(), fileName(e.getKey(), e.getValue())));
        return index;
    }

    private static String fileName(String weight, JsonElement file) {
        if (!file.isJsonPrimitive() || !file.getAsJsonPrimitive().isString()) {
            throw new ModelRefused(FILE + " cannot be read: weight_map." + weight + " must be the name of a file");
        }
        return file.getAsString();
    }
}
