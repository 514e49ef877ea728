package dev.headlight.interp;

import dev.headlight.model.HookedModel;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * How nearly a model keeps, on a request's own inputs and unmodified, what must hold of every run.
 *
 * @param attentionRows the rows of every pattern sum to 1
 * @param patternTimesValues the pattern times the values is z, head by head
 * @param residualStream a block starts from what the one before left, and what its attention and MLP wrote, joined as the
 *     block joins them, is the residual stream
 * @param noOpIntervention the logits stay as they are, bit for bit, when every hook point is scaled by 1
 * @param batchRow every hook point of an input holds the same in a batch as alone
 */
public record Verification(
        Identity attentionRows,
        Identity patternTimesValues,
        Identity residualStream,
        Identity noOpIntervention,
        Identity batchRow) {
    private static final double ROUNDING = 1e-4;
    private static final double ROUNDING_OF_HALF = 1e-2;

    /** The rounding of the model's dtype, many times over, and far below what an error in a model does. */
    static double rounding(HookedModel model) {
        return model.dtype().equals("float16") ? ROUNDING_OF_HALF : ROUNDING;
    }

    /**
     * What is left of an identity.
     *
     * @param largest of |a - b| / max(1, |b|) over every value, b being what a must be; null where it is not finite
     * @param tolerance most that {@code largest} may be
     * @param hook full name of the hook point where it is largest; the first of them where several are
     * @param input its place in the request
     */
    public record Identity(@Nullable Double largest, double tolerance, String hook, int input) {
        boolean holds() {
            return largest != null && largest <= tolerance;
        }
    }

    /** A line for each identity that does not hold. */
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
