package dev.headlight.interp.intervene;

import dev.headlight.interp.intervene.action.Action;
import dev.headlight.interp.intervene.action.HookSlice;
import dev.headlight.interp.session.Selection;
import dev.headlight.model.ModelInfo;
import dev.headlight.model.fault.BadSelection;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.Site;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An intervention as it is asked for: an action on a slice of one hook point.
 *
 * @param field its path in the request, such as {@code interventions[0]}
 * @param neurons indices on the hook's last axis; null for all, as for the other axes
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

    /**
     * The slice that it chooses, of inputs of one length.
     *
     * @throws BadSelection for an index out of range, an empty or repeating list, or an axis that the hook lacks
     */
    public HookSlice slice(ModelInfo info, int length) {
        Site site = hook.site();
        if (site.isAttention()) {
            refuse("neurons", neurons);
            return new HookSlice(site, new long[] {info.nHeads(), length, length}, new int[][] {
                Selection.of(at("heads"), heads, info.nHeads()),
                Selection.positions(at("positions"), positions, length),
                Selection.positions(at("keys"), keys, length)
            });
        }
        refuse("keys", keys);
        int width = info.width(site, length);
        int[] rows = Selection.positions(at("positions"), positions, length);
        int[] last = Selection.of(at("neurons"), neurons, width);
        if (site.hasHeads()) {
            int count = info.heads(site);
            int[] some = Selection.of(at("heads"), heads, count);
            return new HookSlice(site, new long[] {length, count, width}, new int[][] {rows, some, last});
        }
        refuse("heads", heads);
        return new HookSlice(site, new long[] {length, width}, new int[][] {rows, last});
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

    /** Path of one of its fields. */
    String at(String name) {
        return field + "." + name;
    }
}
