package dev.headlight.interp.session;

import dev.headlight.model.Provenance;
import dev.headlight.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The answer of a dry run: the cost of an analysis, and whether it would fit.
 *
 * @param bytes see {@link Cost#bytes}
 * @param flops see {@link Cost#flops}
 * @param responseBytes see {@link Cost#responseBytes}
 * @param fits whether it would run if nothing else were running
 * @param warnings why it does not fit
 */
public record CostEstimate(
        long bytes, long flops, long responseBytes, boolean fits, Provenance provenance, List<String> warnings)
        implements AnalysisAnswer {

    /** @param warnings why it does not fit; empty where it does */
    public static CostEstimate of(Cost cost, Provenance provenance, List<String> warnings) {
        return new CostEstimate(
                cost.bytes(), cost.flops(), cost.responseBytes(), warnings.isEmpty(), provenance, warnings);
    }

    /** The cost with a comparison: the models run one after the other, and the answer holds both and their difference. */
    public CostEstimate comparedTo(CostEstimate other) {
        List<String> both = new ArrayList<>(warnings);
        both.addAll(other.warnings);
        return new CostEstimate(
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
