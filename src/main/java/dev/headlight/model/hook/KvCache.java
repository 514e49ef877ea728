package dev.headlight.model.hook;

import ai.djl.ndarray.NDArray;
import dev.headlight.tensor.Scratch;
import java.util.HashMap;
import java.util.Map;

/** The KV cache: keys and values of a run, by layer, which later positions of the same input attend to. */
public final class KvCache {
    private final Map<Integer, KeysAndValues> layers = new HashMap<>();

    /**
     * The keys and values of one layer.
     *
     * @param keys [batch, position, kv_head, d_head], normalised and rotated, as the scores use them
     * @param values [batch, position, kv_head, d_head]
     */
    public record KeysAndValues(NDArray keys, NDArray values) {}

    /** Stores the keys and values of a layer, each [batch, position, kv_head, d_head]. */
    public void keep(int layer, NDArray keys, NDArray values) {
        layers.put(layer, new KeysAndValues(Scratch.keep(keys), Scratch.keep(values)));
    }

    /**
     * The keys and values of a layer.
     *
     * @throws IllegalStateException if the layer was not run
     */
    public KeysAndValues of(int layer) {
        KeysAndValues cached = layers.get(layer);
        if (cached == null) {
            throw new IllegalStateException(
                    "layer " + layer + " was not run"); // fails: a wrong number would look plausible
        }
        return cached;
    }

    /**
     * A cached run of the first positions of an input, which another run continues.
     *
     * @param positions number of these positions
     */
    public record Before(KvCache cache, int positions) {}
}
