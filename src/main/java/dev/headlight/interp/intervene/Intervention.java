package dev.headlight.interp.intervene;

import dev.headlight.interp.intervene.action.Action;
import dev.headlight.interp.intervene.action.HookSlice;
import dev.headlight.model.ModelInfo;
import dev.headlight.model.fault.BadSelection;
import dev.headlight.model.hook.HookName;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An intervention as it is requested: an action on a slice of one hook point's value.
 *
 * @param field its path in the request, such as {@code interventions[0]}
 * @param neurons indices on the hook's last axis; null for all, as for the other axes
 * @param heads query heads; kv heads of {@code k} and {@code v}
 * @param positions negative ones count from the end; the queries of {@code pattern} and {@code attn_scores}
 * @param keys key positions of {@code pattern} and {@code attn_scores}, which other hook points lack
 */
public record Intervention(
        String field,
        HookName hook,
        @Nullable List<Integer> neurons,
        @Nullable List<Integer> heads,
        @Nullable List<Integer> positions,
        @Nullable List<Integer> keys,
        Action action) {

    /**
     * The slice that the action edits, for inputs of one length.
     *
     * @throws BadSelection for an index out of range, an empty or repeating list, or an axis that the hook lacks
     */
    public HookSlice slice(ModelInfo info, int length) {
        return new SliceQuery(field, hook, neurons, heads, positions, keys).slice(info, length);
    }

    /** Path of one of its fields. */
    String at(String name) {
        return field + "." + name;
    }
}
