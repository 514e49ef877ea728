package dev.headlight.jinja;

import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The names that a scope reads and assigns, collected while parsing. Jinja compiles a scope into a Python function and
 * its names into local variables. A name that the scope assigns before reading it is therefore undefined until the
 * assignment, also in inner scopes, even if an outer scope has a value for it.
 */
final class Names {
    private final @Nullable Names parent; // complete, including names that it reads after this scope
    private final Set<String> known = new HashSet<>();
    private final Set<String> assigned = new HashSet<>();
    private final Set<String> assignedUnread = new HashSet<>();

    Names(@Nullable Names parent) {
        this.parent = parent;
    }

    /** Records that the scope reads a name. */
    void read(String name) {
        known.add(name);
    }

    /** Records a name that has a value from the start. */
    void parameter(String name) {
        known.add(name);
        assigned.add(name);
    }

    /** Records that the scope assigns a name. */
    void assign(String name) {
        assigned.add(name);
        if (known.add(name)) {
            assignedUnread.add(name);
        }
    }

    /** A copy for a branch that may not be taken. */
    Names copy() {
        Names copy = new Names(parent);
        copy.known.addAll(known);
        copy.assigned.addAll(assigned);
        copy.assignedUnread.addAll(assignedUnread);
        return copy;
    }

    /** Adds the names of a branch. A name that only a branch assigns keeps its outer value if the branch is not taken. */
    void join(Names branch) {
        known.addAll(branch.known);
        assigned.addAll(branch.assigned);
    }

    /** Whether a name is undefined in this scope and inner ones until this scope assigns it. */
    boolean hides(String name) {
        return assignedUnread.contains(name) && !(parent != null && parent.knows(name));
    }

    private boolean knows(String name) {
        return known.contains(name) || (parent != null && parent.knows(name));
    }
}
