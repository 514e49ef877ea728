package dev.headlight.interp.intervene;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDScope;
import dev.headlight.interp.intervene.action.Action;
import dev.headlight.interp.intervene.action.EditContext;
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

/** The interventions of one run, as hooks: at each hook point they act in the order given. */
public final class InterventionHooks implements Hooks {
    private record Edit(int index, Action action, EditContext context) {}

    private final Map<HookName, List<Edit>> edits = new HashMap<>();
    private final BitSet effective;

    /** @param effective gets the index of every intervention that changed a value */
    public InterventionHooks(BitSet effective) {
        this.effective = effective;
    }

    /**
     * Adds an intervention.
     *
     * @param index its place in the request
     * @param context names the hook point and the slice that it changes; all else stays bit for bit
     */
    public void add(int index, Action action, EditContext context) {
        edits.computeIfAbsent(context.target().hook(), h -> new ArrayList<>()).add(new Edit(index, action, context));
    }

    @Override
    public NDArray at(HookName name, NDArray value) {
        if (!edits.containsKey(name)) {
            return value;
        }
        // what the model itself hides stays hidden, so that no edit of a score lets a query see the future
        NDArray hidden = name.site() == Site.ATTN_SCORES ? value.eq(Float.NEGATIVE_INFINITY) : null;
        NDArray current = value;
        for (Edit edit : edits.get(name)) {
            NDArray after = apply(edit, current, hidden);
            if (current != value) {
                current.close();
            }
            current = after;
        }
        return current;
    }

    /** Frees all that it needs on the way; the result belongs to the scope around it. */
    private NDArray apply(Edit edit, NDArray value, @Nullable NDArray hidden) {
        NDArray after;
        try (NDScope scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            NDArray chosen = edit.context.target().slice().mask(value);
            after = Ops.where(chosen, edit.action.edit(value, edit.context), value);
            if (hidden != null) {
                after = Ops.where(hidden, value, after);
            }
            if (!effective.get(edit.index) && after.neq(value).any().getBoolean()) {
                effective.set(edit.index);
            }
            NDScope.unregister(after);
            after.attach(value.getManager()); // a patch or a mean has another, which outlives this run
        }
        NDScope.register(after);
        return after;
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
