package dev.headlight.model.part;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.headlight.tensor.Ops;

/**
 * Attention with linear biases: what each head adds to its scores, growing with the key's position.
 *
 * @see <a href="https://arxiv.org/abs/2108.12409">Press, Smith and Lewis, 2022</a>
 */
public record Alibi(int heads, Bias bias) {
    /** The bias of a score. Adding a constant to all keys changes the scores but not the attention pattern. */
    public interface Bias {
        /**
         * The bias of a head's scores for a key.
         *
         * @param keys number of keys
         */
        float at(int head, int key, int keys);
    }

    /**
     * The slope of each head, as in BLOOM and Falcon: powers of 2^(-8/n) for n heads. If n is not a power of two, these
     * are the slopes of the next lower power, then every other slope of the next higher power.
     *
     * @return one per head
     */
    public static float[] slopes(int heads) {
        int lower = Integer.highestOneBit(heads);
        float[] slopes = new float[heads];
        for (int head = 0; head < heads; head++) {
            slopes[head] = head < lower ? slope(lower, head + 1) : slope(2 * lower, 2 * (head - lower) + 1);
        }
        return slopes;
    }

    private static float slope(int heads, int power) {
        float base = (float) Math.pow(2, -8.0 / heads);
        return (float) Math.pow(base, power);
    }

    /** The biases of all heads, [head, 1, key]. */
    NDArray biases(NDManager manager, int keys) {
        return Ops.create(manager, new Shape(heads, 1, keys), () -> values(keys));
    }

    private float[] values(int keys) {
        float[] values = new float[heads * keys];
        for (int head = 0; head < heads; head++) {
            for (int key = 0; key < keys; key++) {
                values[head * keys + key] = bias.at(head, key, keys);
            }
        }
        return values;
    }
}
