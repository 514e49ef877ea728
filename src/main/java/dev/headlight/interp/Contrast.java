package dev.headlight.interp;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Two runs whose every part is compared: {@code clean} and {@code corrupted}, or one and the same ablated.
 *
 * @param direction between the two inputs; without a meaning for one
 * @param ablation null where there are two inputs
 * @param seed of a resampling
 * @param interventions both runs are under them
 * @param addSpecialTokens for texts in their actions
 */
public record Contrast(
        Metric metric,
        Patch.Direction direction,
        @Nullable Ablation ablation,
        long seed,
        List<Intervention> interventions,
        boolean addSpecialTokens) {
    boolean isNoising() {
        return direction == Patch.Direction.NOISING;
    }

    /** The same between the same runs in another direction. */
    Contrast into(Patch.Direction other) {
        return new Contrast(metric, other, ablation, seed, interventions, addSpecialTokens);
    }
}
