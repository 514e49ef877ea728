package dev.headlight.interp.patching;

import dev.headlight.interp.intervene.Ablation;
import dev.headlight.interp.intervene.Intervention;
import dev.headlight.interp.metric.Metric;
import dev.headlight.model.fault.BadSelection;
import dev.headlight.model.text.Encoded;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The two runs that values are patched between: {@code clean} and {@code corrupted}, one input and its ablation, or, in
 * causal tracing, one input without and with noise.
 *
 * @param metric measured in every run
 * @param direction which of the two runs is patched; ignored for an ablation
 * @param ablation of the one input; null for two inputs and for noise
 * @param seed of {@link Ablation#RESAMPLE}
 * @param interventions applied to both runs
 * @param addSpecialTokens whether texts in their actions get special tokens
 */
public record CleanCorrupted(
        Metric metric,
        SweepQuery.Direction direction,
        @Nullable Ablation ablation,
        long seed,
        List<Intervention> interventions,
        boolean addSpecialTokens) {
    /**
     * The inputs of the two runs.
     *
     * @param base input of the base run, which is patched
     * @param source input of the run that values come from; null for an ablation
     */
    public record Inputs(Encoded base, @Nullable Encoded source) {}

    /**
     * Assigns the inputs of a request to the two runs.
     *
     * @param inputs clean and corrupted, or one input
     * @throws BadSelection for two inputs of different lengths
     */
    public Inputs inputs(List<Encoded> inputs) {
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
    public boolean isNoising() {
        return direction == SweepQuery.Direction.NOISING;
    }

    /** The same inputs with another direction. */
    public CleanCorrupted withDirection(SweepQuery.Direction other) {
        return new CleanCorrupted(metric, other, ablation, seed, interventions, addSpecialTokens);
    }
}
