package dev.headlight.interp;

import dev.headlight.model.HookName;
import java.util.Random;

/** Chance that a seed, a hook point and a position decide, whatever else is in the batch. */
final class Draws {
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    private Draws() {}

    static Random at(long seed, HookName hook, int position) {
        return new Random(mix(mix(mix(seed) + hook.layer()) + hook.site().hook().hashCode()) + GOLDEN * position);
    }

    /** The finaliser of SplitMix64 (Steele, Lea and Flood, 2014). */
    private static long mix(long z) {
        z = (z + GOLDEN ^ (z + GOLDEN) >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return z ^ z >>> 31;
    }
}
