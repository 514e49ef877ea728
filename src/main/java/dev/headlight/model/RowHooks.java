package dev.headlight.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.Hooks;
import dev.headlight.tensor.Ops;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Hooks of a batch that has the rows of several requests. The hooks of each request receive its own rows and can change
 * no others. Hooks that fail are not called again; their rows pass through the rest of the model unchanged.
 */
final class RowHooks implements Hooks {
    private record Member(ModelPass pass, Hooks hooks, long from) {
        /** The member's rows of a value [batch, ..]: a view, or a copy if the hooks keep it longer than the batch does. */
        NDArray rows(HookName name, NDArray value) {
            NDArray view = pass.owned(Ops.slice(value, 0, from, from + pass.rows()));
            if (!hooks.keeps(name)) {
                return view;
            }
            try (view) {
                return view.duplicate();
            }
        }
    }

    /**
     * What the members do at a hook point.
     *
     * @param acting those whose hooks want the value
     * @param changes whether one of them may change it
     */
    private record Wishes(List<Member> acting, boolean changes) {}

    private final NDManager memory;
    private final List<Member> members = new ArrayList<>();
    private final Map<HookName, Wishes> wishes = new HashMap<>();

    /**
     * Hooks of these passes, whose rows follow each other.
     *
     * @param memory owns the values that hooks have changed
     */
    RowHooks(List<ModelPass> passes, NDManager memory) {
        this.memory = memory;
        long row = 0;
        for (ModelPass pass : passes) {
            members.add(new Member(pass, pass.hooks().cast(), row));
            row += pass.rows();
        }
    }

    private Wishes wishes(HookName name) {
        return wishes.computeIfAbsent(name, n -> {
            List<Member> acting = which(hooks -> hooks.wants(n));
            return new Wishes(acting, acting.stream().anyMatch(member -> member.hooks.changes(n)));
        });
    }

    private List<Member> which(Predicate<Hooks> condition) {
        return members.stream().filter(member -> condition.test(member.hooks)).toList();
    }

    @Override
    public NDArray at(HookName name, NDArray value) {
        Map<Member, NDArray> changed = new HashMap<>();
        for (Member member : wishes(name).acting) {
            if (!member.pass.hasFailed()) {
                NDArray rows = member.rows(name, value);
                NDArray after = member.pass.attempt(rows, () -> sameShape(name, member.hooks.at(name, rows), rows));
                if (after != rows) {
                    changed.put(member, after);
                }
            }
        }
        return changed.isEmpty() ? value : joined(value, changed);
    }

    private static NDArray sameShape(HookName name, NDArray after, NDArray before) {
        if (!after.getShape().equals(before.getShape())) {
            throw new IllegalStateException(
                    "hooks changed the shape of " + name + " from " + before.getShape() + " to " + after.getShape());
        }
        return after;
    }

    /** The value [batch, ..] with the changed rows of some members. */
    private NDArray joined(NDArray value, Map<Member, NDArray> changed) {
        List<NDArray> rows = new ArrayList<>();
        for (Member member : members) {
            NDArray after = changed.get(member);
            rows.add(after == null ? Ops.slice(value, 0, member.from, member.from + member.pass.rows()) : after);
        }
        NDArray joined = Ops.concat(rows, 0);
        joined.attach(memory);
        return joined;
    }

    @Override
    public boolean wants(HookName name) {
        return !wishes(name).acting.isEmpty();
    }

    @Override
    public boolean changes(HookName name) {
        return wishes(name).changes;
    }

    /** Members that keep a value have their own copy. */
    @Override
    public boolean keeps(HookName name) {
        return false;
    }

    /** The members' hooks are cast already. */
    @Override
    public Hooks cast() {
        return this;
    }
}
