package dev.headlight.interp;

import dev.headlight.model.BadSelection;
import dev.headlight.model.Encoded;
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
    /**
     * The inputs of the two runs.
     *
     * @param target of the run that is patched into
     * @param source of the run that is patched from; null for an ablation
     */
    record Inputs(Encoded target, @Nullable Encoded source) {}

    /**
     * Which input is which.
     *
     * @param inputs clean and corrupted, or the one that is both
     * @throws BadSelection for two of unequal lengths
     */
    Inputs inputs(List<Encoded> inputs) {
        Encoded first = inputs.get(0);
        Encoded last = inputs.get(inputs.size() - 1);
        if (first.length() != last.length()) {
            throw new BadSelection(
                    "corrupted", "has " + last.length() + " tokens and must have " + first.length() + ", as clean");
        }
        Encoded other = isNoising() ? last : first;
        return new Inputs(isNoising() ? first : last, ablation == null ? other : null);
    }

    boolean isNoising() {
        return direction == Patch.Direction.NOISING;
    }

    /** The same between the same runs in another direction. */
    Contrast into(Patch.Direction other) {
        return new Contrast(metric, other, ablation, seed, interventions, addSpecialTokens);
    }
}
