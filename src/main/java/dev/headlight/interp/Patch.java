package dev.headlight.interp;

import dev.headlight.tensor.Wire;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is patched into what, and how the run is judged. The inputs are {@code clean} and {@code corrupted}, or one that is
 * ablated.
 *
 * @param direction between the two inputs; without a meaning for one
 * @param ablation null where values come from another run
 * @param seed of a resampling
 * @param interventions every run is under them
 * @param addSpecialTokens for texts in their actions
 */
public record Patch(
        Grid.Query grid,
        Metric metric,
        Direction direction,
        @Nullable Ablation ablation,
        long seed,
        List<Intervention> interventions,
        boolean addSpecialTokens) {
    /** The two runs, without what is patched of them. */
    Contrast contrast() {
        return new Contrast(metric, direction, ablation, seed, interventions, addSpecialTokens);
    }

    /** Which run gets the values of the other. */
    public enum Direction {
        /** The corrupted run gets those of the clean one. */
        DENOISING,
        /** The clean run gets those of the corrupted one. */
        NOISING;

        /** The name in requests and answers. */
        @Override
        public String toString() {
            return Wire.name(this);
        }
    }
}
