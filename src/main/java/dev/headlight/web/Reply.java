package dev.headlight.web;

import dev.headlight.interp.Analysis;
import dev.headlight.interp.Comparison;
import dev.headlight.interp.Verification;
import dev.headlight.tensor.Tensor;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An answer and the form that it is written in.
 *
 * @param verification null where none was asked for
 * @param comparison with another model; null where none was asked for
 * @param rendered the texts that the inputs became where they are conversations; null where they are none
 * @param picture its bytes, drawn already; null where none was asked for
 */
record Reply(
        Analysis analysis,
        @Nullable Verification verification,
        @Nullable Comparison comparison,
        @Nullable List<String> rendered,
        Format format,
        Encoding encoding,
        byte @Nullable [] picture) {

    /** One that is JSON without tensors. */
    static Reply of(Analysis analysis) {
        return new Reply(analysis, null, null, null, Format.JSON, Encoding.NESTED, null);
    }

    /** The tensors in it, those of the comparison too. */
    Map<String, Tensor> tensors() {
        return comparison == null ? analysis.tensors() : comparison.tensors(analysis);
    }
}
