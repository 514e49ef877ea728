package dev.headlight.interp.verify;

import dev.headlight.model.HookedModel;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * How far a model violates the identities that must hold in every run, measured on the inputs of a request without
 * interventions.
 *
 * @param attentionRows the attention of each query sums to 1
 * @param patternTimesValues the pattern times the values is {@code z}, in each head
 * @param residualStream the input of a block is the previous block's output, and its {@code resid_mid} and
 *     {@code resid_post} are its input plus the outputs of its attention and MLP
 * @param noOpIntervention scaling every hook point by 1 changes no bit of the logits
 * @param batchRow at every hook point, an input has the same values in a batch as alone
 */
public record Verification(
        Identity attentionRows,
        Identity patternTimesValues,
        Identity residualStream,
        Identity noOpIntervention,
        Identity batchRow) {
    private static final double ROUNDING = 1e-4;
    private static final double ROUNDING_OF_HALF = 1e-2;

    /** A tolerance that is far above rounding errors in the model's dtype, and far below the effect of a faulty model. */
    static double rounding(HookedModel model) {
        return model.dtype().equals("float16") ? ROUNDING_OF_HALF : ROUNDING;
    }

    /**
     * The largest violation of one identity.
     *
     * @param largest the largest |a - b| / max(1, |b|) over all values, where b is the expected value of a; null if it is
     *     not finite
     * @param tolerance the most that {@code largest} may be
     * @param hook full name of the hook point with the largest violation; the first of equal ones
     * @param input the input's index in the request
     */
    public record Identity(@Nullable Double largest, double tolerance, String hook, int input) {
        /** Whether the violation is within the tolerance. */
        boolean holds() {
            return largest != null && largest <= tolerance;
        }
    }

    /** One sentence for each identity that does not hold. */
    public List<String> warnings() {
        return Stream.of(
                        warning("attention_rows", attentionRows),
                        warning("pattern_times_values", patternTimesValues),
                        warning("residual_stream", residualStream),
                        warning("no_op_intervention", noOpIntervention),
                        warning("batch_row", batchRow))
                .filter(Objects::nonNull)
                .toList();
    }

    private static @Nullable String warning(String name, Identity identity) {
        if (identity.holds()) {
            return null;
        }
        return "verification." + name + " is " + (identity.largest == null ? "not finite" : identity.largest) + " at "
                + identity.hook + " of input " + identity.input + ", and must be at most " + identity.tolerance;
    }
}
