package dev.headlight.interp.circuits;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * How far the search for a circuit is.
 *
 * @param done runs of this stage, in runs of the whole model on one input
 * @param of how many runs this stage has; null for the search, which ends when the circuit is found
 * @param edgesAbove the largest number of edges found not to be enough; null before the search
 * @param edgesAtMost the smallest number of edges found to be enough; null before the search
 */
public record CircuitProgress(
        String model,
        Stage stage,
        long done,
        @Nullable Integer of,
        @Nullable Integer edgesAbove,
        @Nullable Integer edgesAtMost) {
    /** What is done. */
    public enum Stage {
        /** Forward and backward passes, whose gradients rank the edges. */
        SCORES,
        /** Runs of circuits with different numbers of edges. */
        SEARCH;

        /** As on the wire. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Is told how far a search is. */
    public interface Listener {
        /** Called after each pass that ranks edges, and after each batch of circuits. */
        void reached(CircuitProgress progress);
    }

    static CircuitProgress scores(String model, int done, int of) {
        return new CircuitProgress(model, Stage.SCORES, done, of, null, null);
    }

    static CircuitProgress search(String model, long done, int edgesAbove, int edgesAtMost) {
        return new CircuitProgress(model, Stage.SEARCH, done, null, edgesAbove, edgesAtMost);
    }
}
