package dev.headlight.web;

import dev.headlight.interp.session.AnalysisAnswer;
import dev.headlight.interp.verify.Comparison;
import dev.headlight.interp.verify.Verification;
import dev.headlight.model.text.Encoded;
import dev.headlight.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An answer and the form that it is written in.
 *
 * @param verification null where none was asked for
 * @param comparison with another model; null where none was asked for
 * @param rendered the texts that the inputs became where they are conversations; null where they are none
 * @param picture the bytes of the picture file; null where none was asked for
 */
public record Reply(
        AnalysisAnswer analysis,
        @Nullable Verification verification,
        @Nullable Comparison comparison,
        @Nullable List<String> rendered,
        Format format,
        Encoding encoding,
        byte @Nullable [] picture) {

    /** A reply in JSON without tensors. */
    static Reply of(AnalysisAnswer analysis, @Nullable List<String> rendered) {
        return new Reply(analysis, null, null, rendered, Format.JSON, Encoding.NESTED, null);
    }

    /** The text that a chat template made of each input; null where they are no conversations. */
    static @Nullable List<String> rendered(List<Encoded> inputs) {
        List<String> texts =
                inputs.stream().map(Encoded::rendered).filter(Objects::nonNull).toList();
        return texts.isEmpty() ? null : texts;
    }

    /** The tensors in it, those of the comparison too. */
    Map<String, Tensor> tensors() {
        return comparison == null ? analysis.tensors() : comparison.tensors(analysis);
    }
}
