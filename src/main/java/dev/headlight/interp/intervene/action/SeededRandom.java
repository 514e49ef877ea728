package dev.headlight.interp.intervene.action;

import dev.headlight.model.hook.HookName;
import java.security.SecureRandom;
import java.util.Random;

/**
 * Random numbers that depend only on a seed, a hook point and a position, so that an input gets the same ones alone and in a
 * batch.
 */
public record SeededRandom(long seed) {
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;
    private static final long SEED_COUNT = 1L << 53; // a chosen seed is exact in JavaScript too
    private static final SecureRandom SEED_SOURCE = new SecureRandom();

    /** Random numbers of a seed chosen at random, for a request that gives none. */
    public static SeededRandom chosen() {
        return new SeededRandom(SEED_SOURCE.nextLong(SEED_COUNT));
    }

    /** The random numbers of one position of a hook point. */
    Random at(HookName hook, int position) {
        return new Random(mix(mix(mix(seed) + hook.layer()) + hook.site().hook().hashCode()) + GOLDEN * position);
    }

    /** The finaliser of SplitMix64 (Steele, Lea and Flood, 2014). */
    private static long mix(long z) {
        z = (z + GOLDEN ^ (z + GOLDEN) >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return z ^ z >>> 31;
    }
}
