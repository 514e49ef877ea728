package dev.headlight.model;

import ai.djl.ndarray.NDArray;
import dev.headlight.tensor.Scratch;
import java.util.HashMap;
import java.util.Map;

/** The keys and values of a run, which later positions of the same input attend to. */
public final class Past {
    private final Map<Integer, KeysAndValues> layers = new HashMap<>();

    /** @param keys as they meet the queries, normalised and rotated (batch, position, kv head, d_head); {@code values} too */
    public record KeysAndValues(NDArray keys, NDArray values) {}

    /** Takes those of a layer. */
    public void keep(int layer, NDArray keys, NDArray values) {
        layers.put(layer, new KeysAndValues(Scratch.keep(keys), Scratch.keep(values)));
    }

    public KeysAndValues of(int layer) {
        KeysAndValues kept = layers.get(layer);
        if (kept == null) {
            throw new IllegalStateException("layer " + layer + " was not run"); // never a plausible wrong number
        }
        return kept;
    }

    /**
     * What a run sees that begins at a position.
     *
     * @param positions how many are before it
     */
    public record Before(Past past, int positions) {}
}
