package dev.headlight.interp;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.headlight.model.HookName;
import dev.headlight.model.Hooks;
import dev.headlight.model.Site;
import dev.headlight.tensor.Ops;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** The interventions of one run, as hooks: at each hook point they act in the order given. */
final class Edits implements Hooks {
    private record Edit(int index, UnaryOperator<NDArray> change) {}

    private final Map<HookName, List<Edit>> edits = new HashMap<>();
    private final BitSet effective;

    /** @param effective gets the index of every intervention that changed a value */
    Edits(BitSet effective) {
        this.effective = effective;
    }

    /**
     * Adds an intervention.
     *
     * @param change the whole value, the batch axis first, to what it would be were everything chosen
     * @param region what is chosen; all else stays bit for bit
     */
    void add(int index, HookName hook, Region region, NDManager manager, UnaryOperator<NDArray> change) {
        NDArray mask = region.mask(manager);
        UnaryOperator<NDArray> within = value -> Ops.where(mask, change.apply(value), value);
        UnaryOperator<NDArray> edit =
                hook.site() == Site.ATTN_SCORES ? value -> keepMasked(value, within.apply(value)) : within;
        edits.computeIfAbsent(hook, h -> new ArrayList<>()).add(new Edit(index, edit));
    }

    /** What the model's mask (or an earlier one) hides stays hidden: no edit lets a query see the future. */
    private static NDArray keepMasked(NDArray before, NDArray after) {
        return Ops.where(before.eq(Float.NEGATIVE_INFINITY), before, after);
    }

    @Override
    public NDArray at(HookName name, NDArray value) {
        for (Edit edit : edits.getOrDefault(name, List.of())) {
            NDArray after = edit.change.apply(value);
            if (!effective.get(edit.index) && after.neq(value).any().getBoolean()) {
                effective.set(edit.index);
            }
            value = after;
        }
        return value;
    }

    @Override
    public boolean wants(HookName name) {
        return edits.containsKey(name);
    }

    @Override
    public boolean changes(HookName name) {
        return edits.containsKey(name);
    }
}
