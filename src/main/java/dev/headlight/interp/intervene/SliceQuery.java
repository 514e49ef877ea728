package dev.headlight.interp.intervene;

import dev.headlight.interp.intervene.action.HookSlice;
import dev.headlight.interp.session.Selection;
import dev.headlight.model.ModelInfo;
import dev.headlight.model.fault.BadSelection;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.Site;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A slice of one hook point's value as it is requested: indices on each axis, or null for the whole axis.
 *
 * @param field path in the request, such as {@code interventions[0]}
 * @param neurons indices on the hook's last axis; not for {@code pattern} and {@code attn_scores}
 * @param heads query heads; kv heads of {@code k} and {@code v}
 * @param positions negative ones count from the end; the queries of {@code pattern} and {@code attn_scores}
 * @param keys key positions, the last axis of {@code pattern} and {@code attn_scores}; negative ones count from the end
 */
public record SliceQuery(
        String field,
        HookName hook,
        @Nullable List<Integer> neurons,
        @Nullable List<Integer> heads,
        @Nullable List<Integer> positions,
        @Nullable List<Integer> keys) {
    private static final int[] NO_HEADS = {};

    /**
     * Resolves the indices, for inputs of one length.
     *
     * @throws BadSelection for an index out of range, an empty or repeating list, or an axis that the hook lacks
     */
    public HookSlice slice(ModelInfo info, int length) {
        Site site = hook.site();
        if (site.isAttention()) {
            refuse("neurons", neurons);
            int[] chosenHeads = Selection.of(at("heads"), heads, info.nHeads());
            int[] queries = Selection.positions(at("positions"), positions, length);
            int[] chosenKeys = Selection.positions(at("keys"), keys, length);
            return HookSlice.of(site, info, length, chosenHeads, queries, chosenKeys);
        }
        refuse("keys", keys);
        int[] chosenPositions = Selection.positions(at("positions"), positions, length);
        int[] chosenNeurons = Selection.of(at("neurons"), neurons, info.width(site, length));
        if (!site.hasHeads()) {
            refuse("heads", heads);
            return HookSlice.of(site, info, length, NO_HEADS, chosenPositions, chosenNeurons);
        }
        int[] chosenHeads = Selection.of(at("heads"), heads, info.heads(site));
        return HookSlice.of(site, info, length, chosenHeads, chosenPositions, chosenNeurons);
    }

    private void refuse(String axis, @Nullable Object given) {
        if (given != null) {
            Site site = hook.site();
            throw new BadSelection(
                    at(axis),
                    "does not apply to hook " + site.shortName() + ", whose axes are "
                            + String.join(", ", site.axes()));
        }
    }

    private String at(String name) {
        return field + "." + name;
    }
}
