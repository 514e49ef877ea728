package dev.headlight.model.part;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.headlight.model.hook.Hooks;
import dev.headlight.model.hook.KvCache;
import dev.headlight.model.schedule.Cancellation;
import dev.headlight.tensor.AttentionOps;
import dev.headlight.tensor.MetaArray;
import dev.headlight.tensor.Ops;
import dev.headlight.tensor.Scratch;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The state that all parts of one forward pass share: the hooks, the KV cache, and tables that several layers read. */
final class ForwardPass {
    private final Hooks hooks;
    private final boolean causal;
    private final NDManager manager;
    private final KvCache.@Nullable Before before;
    private final @Nullable KvCache cache;
    private final int first;
    private final int positions; // of the whole input
    private final DataType type;
    private final boolean dry;
    private final Cancellation cancellation = Cancellation.current(); // one look-up for all blocks
    private final Map<Integer, NDArray> masks = new HashMap<>();
    private final Map<Rotary, Rotary.Table> rotaries = new HashMap<>();
    private final Map<Alibi, NDArray> biases = new HashMap<>();

    /**
     * @param x the residual stream [batch, position, d_model], whose manager and dtype the tables get
     * @param before the cached run of the positions before those of x; null if x has all positions
     * @param cache receives the keys and values; null if they are not needed
     */
    ForwardPass(Hooks hooks, boolean causal, NDArray x, KvCache.@Nullable Before before, @Nullable KvCache cache) {
        this.hooks = hooks;
        this.causal = causal;
        this.manager = x.getManager();
        this.before = before;
        this.cache = cache;
        this.first = before == null ? 0 : before.positions();
        this.positions = first + Math.toIntExact(x.getShape().get(1));
        this.type = x.getDataType();
        this.dry = MetaArray.is(x);
    }

    /** Ends the pass between two blocks if its request is cancelled. */
    void checkCancelled() {
        cancellation.check();
    }

    /** Counts a finished block. */
    void blockDone() {
        if (!dry) {
            cancellation.blockDone();
        }
    }

    Hooks hooks() {
        return hooks;
    }

    /** The mask [query, key]: 0, or minus infinity for a hidden key; null if no key is hidden. */
    @Nullable
    NDArray mask(@Nullable Integer window) {
        if (!causal) {
            return null;
        }
        int visible = window == null ? positions : Math.min(window, positions);
        return masks.computeIfAbsent(visible, this::causalMask);
    }

    private NDArray causalMask(int visible) {
        return Scratch.keep(AttentionOps.causalMask(manager, type, first, positions, visible));
    }

    /**
     * Caches keys and values [batch, position, kv_head, d_head], and returns them after those of the earlier positions.
     */
    KvCache.KeysAndValues withKvCache(int layer, NDArray keys, NDArray values) {
        if (cache != null) {
            cache.keep(layer, keys, values);
        }
        if (first == 0 || before == null) {
            return new KvCache.KeysAndValues(keys, values);
        }
        KvCache.KeysAndValues earlier = before.cache().of(layer);
        return new KvCache.KeysAndValues(joined(earlier.keys(), keys), joined(earlier.values(), values));
    }

    private NDArray joined(NDArray earlier, NDArray later) {
        Shape shape = later.getShape();
        Shape all = new Shape(shape.get(0), first, shape.get(2), shape.get(3));
        NDArray everyRow = Ops.expand(Ops.slice(earlier, 1, 0, first), all);
        return Ops.concat(List.of(everyRow, later), 1);
    }

    /** Whether keys and values are kept after the pass. */
    boolean fillsKvCache() {
        return cache != null;
    }

    Rotary.Table table(Rotary rotary) {
        return rotaries.computeIfAbsent(rotary, r -> {
            Rotary.Table table = r.table(manager, positions);
            return new Rotary.Table(shared(ofThisPass(table.cos())), shared(ofThisPass(table.sin())));
        });
    }

    /** The part of a table [1, position, ..] for the positions of this pass. */
    private NDArray ofThisPass(NDArray table) {
        return first == 0 ? table : Ops.slice(table, 1, first, positions);
    }

    /** ALiBi's biases, [head, 1, key]. */
    NDArray biases(Alibi alibi) {
        return biases.computeIfAbsent(alibi, a -> shared(a.biases(manager, positions)));
    }

    /** A table [..] in the model's dtype, which outlives the block that needed it first. */
    private NDArray shared(NDArray table) {
        return Scratch.keep(table.toType(type, false));
    }
}
