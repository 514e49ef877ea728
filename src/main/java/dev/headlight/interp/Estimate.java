package dev.headlight.interp;

import dev.headlight.model.Provenance;
import dev.headlight.tensor.Tensor;
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

    @Override
    public Map<String, Tensor> tensors() {
        return Map.of();
    }
}
