package dev.headlight.interp;

import dev.headlight.model.Provenance;
import dev.headlight.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What an analysis would take, in its place.
 *
 * @param bytes see {@link Cost}; likewise {@code flops} and {@code responseBytes}
 * @param fits whether it would run, were nothing else running
 * @param warnings why it does not fit
 */
public record Estimate(
        long bytes, long flops, long responseBytes, boolean fits, Provenance provenance, List<String> warnings)
        implements Analysis {

    public static Estimate of(Cost cost, Provenance provenance, List<String> warnings) {
        return new Estimate(cost.bytes(), cost.flops(), cost.responseBytes(), warnings.isEmpty(), provenance, warnings);
    }

    /** With the answer of another model and the difference of the two: one after the other, and all in one answer. */
    public Estimate comparedTo(Estimate other) {
        List<String> both = new ArrayList<>(warnings);
        both.addAll(other.warnings);
        return new Estimate(
                Math.max(bytes, other.bytes + 2 * responseBytes),
                flops + other.flops,
                responseBytes + 2 * other.responseBytes,
                fits && other.fits,
                provenance,
                both);
    }

    @Override
    public Map<String, Tensor> tensors() {
        return Map.of();
    }
}
