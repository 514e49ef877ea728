package dev.headlight.interp.patching;

import dev.headlight.interp.intervene.Ablation;
import dev.headlight.interp.intervene.Intervention;
import dev.headlight.interp.metric.Metric;
import dev.headlight.tensor.Wire;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The sweep that a request asks for. Its inputs are {@code clean} and {@code corrupted}, or one input that is ablated or
 * gets noise.
 *
 * @param grid of cells
 * @param metric measured in every run
 * @param direction which of the two runs is patched; ignored for one input
 * @param ablation of the one input; null if values come from another run
 * @param seed of {@link Ablation#RESAMPLE}
 * @param interventions applied to every run
 * @param addSpecialTokens whether texts in their actions get special tokens
 */
public record SweepQuery(
        SweepGrid.Query grid,
        Metric metric,
        Direction direction,
        @Nullable Ablation ablation,
        long seed,
        List<Intervention> interventions,
        boolean addSpecialTokens) {
    /** The base run and the source run of the sweep. */
    CleanCorrupted cleanCorrupted() {
        return new CleanCorrupted(metric, direction, ablation, seed, interventions, addSpecialTokens);
    }

    /** Which run is patched with values of the other. */
    public enum Direction {
        /** Clean values are patched into the corrupted run. */
        DENOISING,
        /** Corrupted values are patched into the clean run. */
        NOISING;

        /** The name in requests and answers. */
        @Override
        public String toString() {
            return Wire.name(this);
        }
    }
}
