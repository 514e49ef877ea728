package dev.headlight.interp;

import dev.headlight.interp.intervene.action.HookSlice;
import dev.headlight.interp.intervene.action.Zero;
import dev.headlight.model.HookName;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where a path ends: what hears of a sender only directly.
 *
 * @param field path of it in the request, such as {@code receivers[0]}
 * @param heads null for all
 * @param positions negative from the end; query rows of attention hooks; null for all
 * @param neurons null for all
 */
public record Receiver(
        String field,
        HookName hook,
        @Nullable List<Integer> heads,
        @Nullable List<Integer> positions,
        @Nullable List<Integer> neurons) {

    HookSlice region(dev.headlight.model.ModelInfo info, int length) {
        return new Intervention(field, hook, neurons, heads, positions, null, new Zero()).slice(info, length);
    }
}
