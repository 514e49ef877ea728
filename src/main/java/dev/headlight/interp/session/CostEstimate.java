package dev.headlight.interp.session;

import dev.headlight.model.Provenance;
import java.util.ArrayList;
import java.util.List;

/**
 * The answer of a dry run: the {@link Cost} of an analysis, and whether the limits and the memory budget allow it.
 *
 * @param bytes see {@link Cost#bytes}
 * @param flops see {@link Cost#flops}
 * @param responseBytes see {@link Cost#responseBytes}
 * @param fits whether the analysis could run now if no other request ran
 * @param warnings why it could not; empty if it fits
 */
public record CostEstimate(
        long bytes, long flops, long responseBytes, boolean fits, Provenance provenance, List<String> warnings)
        implements AnalysisAnswer {

    /**
     * The answer for a cost.
     *
     * @param warnings why the analysis does not fit; empty if it does
     */
    public static CostEstimate of(Cost cost, Provenance provenance, List<String> warnings) {
        return new CostEstimate(
                cost.bytes(), cost.flops(), cost.responseBytes(), warnings.isEmpty(), provenance, warnings);
    }

    /**
     * The cost of a request that also runs a second model: one runs after the other, and the answer holds both answers and
     * their difference.
     *
     * @param other the cost of the second model
     */
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
}
