package dev.headlight.model.part;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.headlight.model.Hooks;
import dev.headlight.model.Past;
import dev.headlight.tensor.Ops;
import dev.headlight.tensor.Scratch;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What all parts of one forward pass share: the hooks, and tables that several layers read. */
final class Pass {
    private final Hooks hooks;
    private final boolean causal;
    private final NDManager manager;
    private final Past.@Nullable Before before;
    private final @Nullable Past past;
    private final int first;
    private final int positions; // of the whole input
    private final DataType type;
    private final Map<Integer, NDArray> masks = new HashMap<>();
    private final Map<Rotary, Rotary.Table> rotaries = new HashMap<>();
    private final Map<Alibi, NDArray> biases = new HashMap<>();

    /**
     * @param x the residual stream (batch, position, d_model), whose manager and dtype the tables get
     * @param before the run of the positions before those of x; null where x has all
     * @param past gets the keys and values; null where nobody needs them
     */
    Pass(Hooks hooks, boolean causal, NDArray x, Past.@Nullable Before before, @Nullable Past past) {
        this.hooks = hooks;
        this.causal = causal;
        this.manager = x.getManager();
        this.before = before;
        this.past = past;
        this.first = before == null ? 0 : before.positions();
        this.positions = first + Math.toIntExact(x.getShape().get(1));
        this.type = x.getDataType();
    }

    Hooks hooks() {
        return hooks;
    }

    /** (query, key): 0, or minus infinity where the key is hidden; null where nothing is. */
    @Nullable
    NDArray mask(@Nullable Integer window) {
        if (!causal) {
            return null;
        }
        int visible = window == null ? positions : Math.min(window, positions);
        return masks.computeIfAbsent(visible, this::causalMask);
    }

    private NDArray causalMask(int visible) {
        return shared(Ops.create(manager, new Shape(positions - first, positions), () -> hidden(visible)));
    }

    private float[] hidden(int visible) {
        float[] mask = new float[(positions - first) * positions];
        for (int query = first; query < positions; query++) {
            for (int key = 0; key < positions; key++) {
                boolean hidden = key > query || query - key >= visible;
                mask[(query - first) * positions + key] = hidden ? Float.NEGATIVE_INFINITY : 0;
            }
        }
        return mask;
    }

    /** Those of all positions up to the last of these: the ones before, for every row, and these (batch, position, …). */
    Past.KeysAndValues withPast(int layer, NDArray keys, NDArray values) {
        if (past != null) {
            past.keep(layer, keys, values);
        }
        if (first == 0 || before == null) {
            return new Past.KeysAndValues(keys, values);
        }
        Past.KeysAndValues earlier = before.past().of(layer);
        return new Past.KeysAndValues(joined(earlier.keys(), keys), joined(earlier.values(), values));
    }

    private NDArray joined(NDArray earlier, NDArray own) {
        Shape shape = own.getShape();
        Shape all = new Shape(shape.get(0), first, shape.get(2), shape.get(3));
        NDArray some = Ops.expand(Ops.slice(earlier, 1, 0, first), all);
        return Ops.concat(List.of(some, own), 1);
    }

    Rotary.Table table(Rotary rotary) {
        return rotaries.computeIfAbsent(rotary, r -> {
            Rotary.Table table = r.table(manager, positions);
            return new Rotary.Table(shared(own(table.cos())), shared(own(table.sin())));
        });
    }

    /** The rows of these positions. */
    private NDArray own(NDArray table) {
        return first == 0 ? table : Ops.slice(table, 1, first, positions);
    }

    /** (head, 1, key) */
    NDArray biases(Alibi alibi) {
        return biases.computeIfAbsent(alibi, a -> shared(a.biases(manager, positions)));
    }

    /** In the model's dtype, and outliving the block that asked first. */
    private NDArray shared(NDArray table) {
        return Scratch.keep(table.toType(type, false));
    }
}
