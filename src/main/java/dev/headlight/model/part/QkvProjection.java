package dev.headlight.model.part;

import static dev.headlight.model.hook.Site.K;
import static dev.headlight.model.hook.Site.Q;
import static dev.headlight.model.hook.Site.V;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import dev.headlight.model.Qkv;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.Hooks;
import dev.headlight.tensor.Ops;
import dev.headlight.tensor.PackedWeight;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The projections to queries, keys and values: three layers, which are one product if their weights are packed. */
final class QkvProjection {
    private final int heads;
    private final int kvHeads;
    private final Linear query;
    private final Linear key;
    private final Linear value;
    private @Nullable PackedWeight joined;

    QkvProjection(int heads, int kvHeads, Linear query, Linear key, Linear value) {
        this.heads = heads;
        this.kvHeads = kvHeads;
        this.query = query;
        this.key = key;
        this.value = value;
    }

    Linear query() {
        return query;
    }

    Linear key() {
        return key;
    }

    Linear value() {
        return value;
    }

    /** Number of weights that {@link #pack} packs. */
    long packable(long fewest) {
        long all =
                Stream.of(query, key, value).mapToLong(l -> l.weight().size()).sum();
        return all >= fewest ? all : 0;
    }

    /** Packs the three weights as one, if they have at least {@code fewest} numbers. */
    void pack(long fewest) {
        if (packable(fewest) > 0) {
            joined = Linear.joined(List.of(query, key, value));
        }
    }

    /**
     * Queries, keys and values of every head, as their hooks return them.
     *
     * @param x [batch, position, d_model]
     * @return [batch, position, head, d_head], keys and values [batch, position, kv_head, d_head]
     */
    Qkv apply(NDArray x, int layer, ForwardPass pass) {
        HookName q = new HookName(layer, Q);
        HookName k = new HookName(layer, K);
        HookName v = new HookName(layer, V);
        Hooks hooks = pass.hooks();
        if (joined == null || !joined.serves(x)) {
            return new Qkv(
                    hooks.at(q, split(query.apply(x), heads)),
                    hooks.at(k, split(key.apply(x), kvHeads)),
                    hooks.at(v, split(value.apply(x), kvHeads)));
        }
        NDArray all = split(joined.linear(x), heads + 2 * kvHeads);
        boolean keepsAll = hooks.keeps(q) && hooks.keeps(k) && hooks.keeps(v);
        return new Qkv(
                hooks.at(q, part(all, 0, heads, !keepsAll && hooks.keeps(q))),
                hooks.at(k, part(all, heads, heads + kvHeads, !keepsAll && keeps(k, pass))),
                hooks.at(v, part(all, heads + kvHeads, heads + 2 * kvHeads, !keepsAll && keeps(v, pass))));
    }

    private static boolean keeps(HookName name, ForwardPass pass) {
        return pass.fillsKvCache() || pass.hooks().keeps(name);
    }

    /**
     * The heads from..to (exclusive) of [batch, position, head, d_head].
     *
     * @param alone whether it may outlive the other heads: a copy then, which does not keep their memory
     */
    private static NDArray part(NDArray all, int from, int to, boolean alone) {
        NDArray part = Ops.slice(all, 2, from, to);
        return alone ? part.duplicate() : part;
    }

    /** [batch, position, head * d_head] to [batch, position, head, d_head]. */
    private static NDArray split(NDArray x, int heads) {
        Shape shape = x.getShape();
        return x.reshape(shape.get(0), shape.get(1), heads, shape.get(2) / heads);
    }
}
