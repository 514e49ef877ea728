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
import org.springframework.util.FastByteArrayOutputStream;

/**
 * The answer to a request, and the format to write it in.
 *
 * @param verification null if not requested
 * @param comparison comparison with another model; null if not requested
 * @param inputWarnings remarks on the inputs
 * @param rendered text of each input after the chat template; null if the inputs are not conversations
 * @param picture bytes of the picture file; null if the format is not a picture
 */
public record Reply(
        AnalysisAnswer analysis,
        @Nullable Verification verification,
        @Nullable Comparison comparison,
        List<String> inputWarnings,
        @Nullable List<String> rendered,
        Format format,
        Encoding encoding,
        @Nullable FastByteArrayOutputStream picture) {

    /** A reply in JSON without tensors. */
    static Reply of(AnalysisAnswer analysis, List<String> inputWarnings, @Nullable List<String> rendered) {
        return new Reply(analysis, null, null, inputWarnings, rendered, Format.JSON, Encoding.NESTED, null);
    }

    /** The text of each input after the chat template; null if the inputs are not conversations. */
    static @Nullable List<String> rendered(List<Encoded> inputs) {
        List<String> texts =
                inputs.stream().map(Encoded::rendered).filter(Objects::nonNull).toList();
        return texts.isEmpty() ? null : texts;
    }

    /** All tensors by name, including those of the comparison. */
    Map<String, Tensor> tensors() {
        return comparison == null ? analysis.tensors() : comparison.tensors(analysis);
    }
}
