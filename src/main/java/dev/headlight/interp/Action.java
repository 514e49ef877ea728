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

    /** Sets attention scores to minus infinity: the query no longer attends to the key. */
    record Mask() implements Action {}
}
