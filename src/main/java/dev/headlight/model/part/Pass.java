package dev.headlight.model.part;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.headlight.model.Hooks;
import dev.headlight.tensor.Ops;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What all parts of one forward pass share: the hooks, and tables that several layers read. */
final class Pass {
    private final Hooks hooks;
    private final boolean causal;
    private final NDManager manager;
    private final int positions;
    private final DataType type;
    private final Map<Integer, NDArray> masks = new HashMap<>();
    private final Map<Rotary, Rotary.Table> rotaries = new HashMap<>();
    private final Map<Alibi, NDArray> biases = new HashMap<>();

    /** @param x the residual stream (batch, position, d_model), whose manager and dtype the tables get */
    Pass(Hooks hooks, boolean causal, NDArray x) {
        this.hooks = hooks;
        this.causal = causal;
        this.manager = x.getManager();
        this.positions = Math.toIntExact(x.getShape().get(1));
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
        return shared(Ops.create(manager, new Shape(positions, positions), () -> hidden(visible)));
    }

    private float[] hidden(int visible) {
        float[] mask = new float[positions * positions];
        for (int query = 0; query < positions; query++) {
            for (int key = 0; key < positions; key++) {
                boolean hidden = key > query || query - key >= visible;
                mask[query * positions + key] = hidden ? Float.NEGATIVE_INFINITY : 0;
            }
        }
        return mask;
    }

    Rotary.Table table(Rotary rotary) {
        return rotaries.computeIfAbsent(rotary, r -> {
            Rotary.Table table = r.table(manager, positions);
            return new Rotary.Table(shared(table.cos()), shared(table.sin()));
        });
    }

    /** (head, 1, key) */
    NDArray biases(Alibi alibi) {
        return biases.computeIfAbsent(alibi, a -> shared(a.biases(manager, positions)));
    }

    /** In the model's dtype, and outliving the block that asked first. */
    private NDArray shared(NDArray table) {
        NDArray typed = table.toType(type, false);
        NDScope.unregister(typed);
        return typed;
    }
}
