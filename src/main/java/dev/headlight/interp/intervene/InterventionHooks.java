package dev.headlight.interp.intervene;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDScope;
import dev.headlight.interp.intervene.action.Action;
import dev.headlight.interp.intervene.action.EditContext;
import dev.headlight.interp.intervene.action.Mask;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.Hooks;
import dev.headlight.model.hook.Site;
import dev.headlight.tensor.Ops;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The interventions of one run as hooks: at each hook point, the edits are applied in the order of the request. */
final class InterventionHooks implements Hooks {
    private record Edit(int index, Action action, EditContext context) {}

    private final Map<HookName, List<Edit>> edits = new HashMap<>();
    private final BitSet effective;
    private final BitSet emptied;

    /**
     * Hooks without any edit yet.
     *
     * @param effective gets the index of every intervention that changed a value
     * @param emptied gets the index of every intervention that left a query without a key to attend to
     */
    public InterventionHooks(BitSet effective, BitSet emptied) {
        this.effective = effective;
        this.emptied = emptied;
    }

    /**
     * Adds the edit of an intervention.
     *
     * @param index of the intervention in the request
     * @param context names the hook point and the slice that is edited; all other values stay the same, bit for bit
     */
    public void add(int index, Action action, EditContext context) {
        edits.computeIfAbsent(context.target().hook(), h -> new ArrayList<>()).add(new Edit(index, action, context));
    }

    @Override
    public NDArray at(HookName name, NDArray value) {
        if (!edits.containsKey(name)) {
            return value;
        }
        // masked scores stay masked, so that no edit of a score lets a query attend to a later position
        NDArray masked = name.site() == Site.ATTN_SCORES ? value.eq(Float.NEGATIVE_INFINITY) : null;
        NDArray current = value;
        for (Edit edit : edits.get(name)) {
            NDArray after = apply(edit, current, masked);
            if (current != value) {
                current.close();
            }
            current = after;
        }
        return current;
    }

    /** Applies one edit and frees its temporary arrays; the result belongs to the scope around it. */
    private NDArray apply(Edit edit, NDArray value, @Nullable NDArray masked) {
        NDArray after;
        try (NDScope scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            NDArray inSlice = edit.context.target().slice().mask(value);
            after = Ops.where(inSlice, edit.action.edit(value, edit.context), value);
            if (masked != null) {
                after = Ops.where(masked, value, after);
            }
            if (!effective.get(edit.index) && after.neq(value).any().getBoolean()) {
                effective.set(edit.index);
            }
            if (edit.action instanceof Mask && !emptied.get(edit.index) && masksRow(after)) {
                emptied.set(edit.index);
            }
            NDScope.unregister(after);
            after.attach(value.getManager()); // a patched or mean value has a manager that outlives this run
        }
        NDScope.register(after);
        return after;
    }

    /** @param scores [batch, head, query, key] */
    private static boolean masksRow(NDArray scores) {
        return scores.max(new int[] {-1}, false)
                .eq(Float.NEGATIVE_INFINITY)
                .any()
                .getBoolean();
    }

    @Override
    public boolean wants(HookName name) {
        return edits.containsKey(name);
    }

    @Override
    public boolean keeps(HookName name) {
        return false;
    }

    @Override
    public boolean changes(HookName name) {
        return edits.containsKey(name);
    }
}
