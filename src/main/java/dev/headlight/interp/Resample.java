package dev.headlight.interp;

import dev.headlight.model.HookName;
import java.util.stream.IntStream;

/**
 * Which other position each position takes its value from: drawn one by one, so that several may take the same, and
 * decided by the seed, the hook point and the position.
 *
 * @see <a href="https://www.alignmentforum.org/posts/JvZhhzycHu2Yd57RN">Chan et al., 2022, causal scrubbing</a>
 */
final class Resample {
    private Resample() {}

    /**
     * Of the same input, and never itself.
     *
     * @param length at least 2
     * @return for each position another of 0..length-1
     */
    static int[] positions(long seed, HookName hook, int length) {
        return IntStream.range(0, length)
                .map(position -> {
                    int other = Draws.at(seed, hook, position).nextInt(length - 1);
                    return other < position ? other : other + 1;
                })
                .toArray();
    }

    /**
     * Of other inputs, whose tokens are counted through, one input after the other.
     *
     * @return for each of so many positions one of 0..tokens-1
     */
    static int[] tokens(long seed, HookName hook, int positions, int tokens) {
        return IntStream.range(0, positions)
                .map(position -> Draws.at(seed, hook, position).nextInt(tokens))
                .toArray();
    }
}
