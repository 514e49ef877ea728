package dev.headlight.interp.patching;

import dev.headlight.interp.intervene.SliceQuery;
import dev.headlight.interp.intervene.action.HookSlice;
import dev.headlight.model.ModelInfo;
import dev.headlight.model.hook.HookName;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The end of a path in path patching: a slice of a hook point's value that sees the patched sender only through direct paths.
 *
 * @param field its path in the request, such as {@code receivers[0]}
 * @param heads null for all
 * @param positions negative ones count from the end; the queries of {@code pattern} and {@code attn_scores}; null for all
 * @param neurons null for all
 */
public record Receiver(
        String field,
        HookName hook,
        @Nullable List<Integer> heads,
        @Nullable List<Integer> positions,
        @Nullable List<Integer> neurons) {

    /** The receiver's slice, for an input of {@code length} tokens. */
    HookSlice slice(ModelInfo info, int length) {
        return new SliceQuery(field, hook, neurons, heads, positions, null).slice(info, length);
    }
}
