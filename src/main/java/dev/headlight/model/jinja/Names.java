package dev.headlight.model.jinja;

import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The names that a scope reads and assigns, found while it is parsed. Jinja turns a scope into a Python function and its
 * names into local variables: one that the scope assigns, and does not read before, is undefined until then even for the
 * scopes inside, though there be a value of that name outside.
 */
final class Names {
    private final @Nullable Names parent; // as a whole, whatever of it was read when this one was made
    private final Set<String> known = new HashSet<>();
    private final Set<String> assigned = new HashSet<>();
    private final Set<String> assignedUnread = new HashSet<>();

    Names(@Nullable Names parent) {
        this.parent = parent;
    }

    void read(String name) {
        known.add(name);
    }

    /** One that has a value from the start. */
    void parameter(String name) {
        known.add(name);
        assigned.add(name);
    }

    void assign(String name) {
        assigned.add(name);
        if (known.add(name)) {
            assignedUnread.add(name);
        }
    }

    /** For a branch that may not be taken. */
    Names copy() {
        Names copy = new Names(parent);
        copy.known.addAll(known);
        copy.assigned.addAll(assigned);
        copy.assignedUnread.addAll(assignedUnread);
        return copy;
    }

    /** What only a branch assigns keeps the value from outside where the branch is not taken. */
    void join(Names branch) {
        known.addAll(branch.known);
        assigned.addAll(branch.assigned);
    }

    /** Whether, as long as it is not assigned here, there is no such name for this scope and those inside. */
    boolean hides(String name) {
        return assignedUnread.contains(name) && !(parent != null && parent.knows(name));
    }

    private boolean knows(String name) {
        return known.contains(name) || (parent != null && parent.knows(name));
    }
}
