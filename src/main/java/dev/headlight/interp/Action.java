package dev.headlight.interp;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What an intervention does to the values that it chooses. */
public sealed interface Action {
    /** The seed that decides what it draws; null where it draws nothing. */
    default @Nullable Long drawnBy() {
        return null;
    }

    /** Sets to 0. */
    record Zero() implements Action {}

    /**
     * Sets to the mean over the positions of that input in the unmodified run.
     *
     * @param reference pooled over all tokens of these inputs instead, where given
     */
    record Mean(@Nullable Input reference) implements Action {}

    /** Multiplies. */
    record Scale(double factor) implements Action {}

    /** Sets to one value. */
    record Set(double value) implements Action {}

    /**
     * Adds {@code coefficient · vector}.
     *
     * @param vector as long as the hook's last axis, or as the chosen neurons
     */
    record Add(List<Double> vector, double coefficient) implements Action {}

    /**
     * Sets to the values of the same hook from a run on another input.
     *
     * @param source one input
     * @param sourcePositions one for each chosen position; null for the same positions
     */
    record Patch(Input source, @Nullable List<Integer> sourcePositions) implements Action {}

    /**
     * Adds N(0, std²).
     *
     * @param seed with the input's own positions it decides the draw, whatever the batch
     */
    record Noise(double std, long seed) implements Action {
        @Override
        public Long drawnBy() {
            return seed;
        }
    }

    /**
     * Sets to the value of the same hook point in the unmodified run of that input, so that no change before it reaches
     * what reads it: what is left is the direct effect.
     *
     * @see <a href="https://arxiv.org/abs/2211.00593">Wang et al., 2022, for path patching</a>
     */
    record Freeze() implements Action {}

    /**
     * Sets to the value at another position of that input in the unmodified run, whatever the heads and neurons.
     *
     * @param seed with the hook point and the input's own positions it decides the draw, whatever the batch
     * @param reference a position among all tokens of these inputs instead, where given
     * @see Resample
     */
    record Resample(long seed, @Nullable Input reference) implements Action {
        @Override
        public Long drawnBy() {
            return seed;
        }
    }

    /**
     * Takes out the component along a direction: x - coefficient (x·u) u, where u is the vector at length 1. Where only
     * some neurons are chosen, the direction is the vector's part at these.
     *
     * @param vector as long as the hook's last axis, or as the chosen neurons
     * @param coefficient 1 for all of it
     * @see <a href="https://arxiv.org/abs/2406.11717">Arditi et al., 2024, for directional ablation</a>
     */
    record ProjectOut(List<Double> vector, double coefficient) implements Action {}

    /**
     * Bounds.
     *
     * @param min null for none; so is {@code max}
     */
    record Clamp(@Nullable Double min, @Nullable Double max) implements Action {}

    /** Sets attention scores to minus infinity: the query no longer attends to the key. */
    record Mask() implements Action {}
}
