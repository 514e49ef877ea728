package dev.headlight.interp;

import dev.headlight.model.HookName;
import java.util.Random;

/** Gaussian noise that a seed, a hook point and a position decide, whatever else is in the batch. */
final class Noise {
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    private Noise() {}

    /**
     * @return [position, element] row-major
     * @param elements values of the hook point at one position
     */
    static float[] draw(Action.Noise noise, HookName hook, int positions, int elements) {
        float[] values = new float[positions * elements];
        for (int position = 0; position < positions; position++) {
            Random random = new Random(seed(noise.seed(), hook, position));
            for (int i = 0; i < elements; i++) {
                values[position * elements + i] = (float) (noise.std() * random.nextGaussian());
            }
        }
        return values;
    }

    private static long seed(long seed, HookName hook, int position) {
        return mix(mix(mix(seed) + hook.layer()) + hook.site().hook().hashCode()) + GOLDEN * position;
    }

    /** The finaliser of SplitMix64 (Steele, Lea and Flood, 2014). */
    private static long mix(long z) {
        z = (z + GOLDEN ^ (z + GOLDEN) >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return z ^ z >>> 31;
    }
}
