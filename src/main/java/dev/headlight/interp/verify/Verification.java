package dev.headlight.interp.verify;

import dev.headlight.model.HookedModel;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * How far a model violates the identities that hold in every run, measured without interventions on a request's inputs.
 *
 * @param attentionRows each query's attention sums to 1
 * @param patternTimesValues the pattern times the values is {@code z}, in each head
 * @param residualStream a block starts from the previous block's output; its {@code resid_mid} and {@code resid_post} are
 *     what it read plus what its attention and MLP wrote
 * @param noOpIntervention scaling every hook point by 1 changes no bit of the logits
 * @param batchRow an input has the same values at every hook point in a batch as alone
 */
public record Verification(
        Identity attentionRows,
        Identity patternTimesValues,
        Identity residualStream,
        Identity noOpIntervention,
        Identity batchRow) {
    private static final double ROUNDING = 1e-4;
    private static final double ROUNDING_OF_HALF = 1e-2;

    /** A tolerance far above the rounding error of the model's dtype, and far below the effect of an error in a model. */
    static double rounding(HookedModel model) {
        return model.dtype().equals("float16") ? ROUNDING_OF_HALF : ROUNDING;
    }

    /**
     * The largest violation of one identity.
     *
     * @param largest the largest |a - b| / max(1, |b|) over all values, where b is the value that a must have; null if it is not
     *     finite
     * @param tolerance the largest value that {@code largest} may have
     * @param hook full name of the hook point with the largest violation; the first if there are several
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
