package dev.headlight.interp.read;

import ai.djl.ndarray.NDArray;
import dev.headlight.model.HookedModel;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.Hooks;
import dev.headlight.model.hook.Site;
import dev.headlight.tensor.Ops;
import dev.headlight.tensor.Scratch;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Hooks that keep only the requested attention of each layer of a run. */
final class AttentionReader implements Hooks {
    private final HookedModel model;
    private final AttentionPatterns.Query query;
    private final int[] layers;
    private final int[] heads;
    private final Map<Integer, NDArray> read = new HashMap<>();
    private @Nullable NDArray v; // of the current layer

    /** A reader of these heads in each of these layers. */
    AttentionReader(HookedModel model, AttentionPatterns.Query query, int[] layers, int[] heads) {
        this.model = model;
        this.query = query;
        this.layers = layers;
        this.heads = heads;
    }

    /**
     * The attention read in one layer.
     *
     * @return the chosen heads [batch, head, query, key], or their mean [batch, query, key]
     */
    NDArray layer(int layer) {
        NDArray value = read.get(layer);
        if (value == null) {
            throw new IllegalStateException(
                    "layer " + layer + " was not reached"); // rather than a wrong number that looks right
        }
        return value;
    }

    @Override
    public NDArray at(HookName name, NDArray value) {
        if (!wants(name)) {
            return value;
        }
        if (name.site() == Site.V) {
            v = value; // still allocated when this layer's pattern comes
        } else {
            read.put(name.layer(), Scratch.keep(() -> chosen(name.layer(), value))); // the block frees its other arrays
        }
        return value;
    }

    private NDArray chosen(int layer, NDArray value) {
        NDArray chosen = Ops.select(weighted(layer, value), 1, heads);
        return query.averageHeads() ? chosen.mean(new int[] {1}) : chosen;
    }

    private NDArray weighted(int layer, NDArray value) {
        if (query.kind() != AttentionPatterns.Kind.VALUE_WEIGHTED) {
            return value;
        }
        NDArray norms = model.weightAnalyses().valueNorms(layer, Objects.requireNonNull(v));
        return value.mul(norms.transpose(0, 2, 1).expandDims(2)); // [batch, head, 1, key]
    }

    @Override
    public boolean wants(HookName name) {
        return switch (query.kind()) {
                    case SCORES -> name.site() == Site.ATTN_SCORES;
                    case PATTERN -> name.site() == Site.PATTERN;
                    case VALUE_WEIGHTED -> name.site() == Site.PATTERN || name.site() == Site.V;
                }
                && Arrays.stream(layers).anyMatch(layer -> layer == name.layer());
    }

    @Override
    public boolean changes(HookName name) {
        return false;
    }
}
