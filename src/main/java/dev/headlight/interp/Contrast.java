package dev.headlight.interp;

import dev.headlight.model.BadSelection;
import dev.headlight.model.Encoded;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The two runs that values are patched between: {@code clean} and {@code corrupted}, or one input and its ablation.
 *
 * @param metric read from every run
 * @param direction between the two inputs; ignored for one
 * @param ablation null for two inputs
 * @param seed of a resampling
 * @param interventions applied to both runs
 * @param addSpecialTokens whether texts in their actions get special tokens
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
     * @param target input of the base run, which is patched
     * @param source input of the run that values come from; null for an ablation
     */
    record Inputs(Encoded target, @Nullable Encoded source) {}

    /**
     * Assigns the inputs of a request to the two runs.
     *
     * @param inputs clean and corrupted, or one input
     * @throws BadSelection for two inputs of different lengths
     */
    Inputs inputs(List<Encoded> inputs) {
        Encoded first = inputs.get(0);
        Encoded last = inputs.get(inputs.size() - 1);
        if (first.length() != last.length()) {
            throw new BadSelection(
                    "corrupted", "has " + last.length() + " tokens and must have " + first.length() + " like clean");
        }
        Encoded other = isNoising() ? last : first;
        return new Inputs(isNoising() ? first : last, ablation == null ? other : null);
    }

    /** Whether the clean run is patched. */
    boolean isNoising() {
        return direction == Patch.Direction.NOISING;
    }

    /** The same runs in another direction. */
    Contrast into(Patch.Direction other) {
        return new Contrast(metric, other, ablation, seed, interventions, addSpecialTokens);
    }
}
