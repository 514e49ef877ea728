package dev.headlight.interp.patching;

import dev.headlight.interp.intervene.Intervention;
import dev.headlight.interp.intervene.action.HookSlice;
import dev.headlight.interp.intervene.action.Zero;
import dev.headlight.model.ModelInfo;
import dev.headlight.model.hook.HookName;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The end of a path: a part of a hook point that sees the patched sender only through direct paths.
 *
 * @param field path of it in the request, such as {@code receivers[0]}
 * @param hook the hook point
 * @param heads null for all
 * @param positions negative ones count from the end; queries for attention hooks; null for all
 * @param neurons null for all
 */
public record Receiver(
        String field,
        HookName hook,
        @Nullable List<Integer> heads,
        @Nullable List<Integer> positions,
        @Nullable List<Integer> neurons) {

    /** The receiver's part of the value for an input of {@code length} tokens. */
    HookSlice slice(ModelInfo info, int length) {
        return new Intervention(field, hook, neurons, heads, positions, null, new Zero()).slice(info, length);
    }
}
