package dev.headlight.interp;

import dev.headlight.model.HookName;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One change to a run.
 *
 * @param field path of it in the request, such as {@code interventions[0]}
 * @param neurons indices on the hook's last axis; null for all, as for the others
 * @param positions negative from the end; query rows of attention hooks
 * @param keys of attention hooks
 */
public record Intervention(
        String field,
        HookName hook,
        @Nullable List<Integer> neurons,
        @Nullable List<Integer> heads,
        @Nullable List<Integer> positions,
        @Nullable List<Integer> keys,
        Action action) {

    /** Path of a field of the intervention. */
    String at(String name) {
        return field + "." + name;
    }

    /** Path of a field of its action. */
    String ofAction(String name) {
        return field + ".action." + name;
    }
}
