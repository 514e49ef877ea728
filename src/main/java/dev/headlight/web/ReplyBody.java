package dev.headlight.web;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.headlight.interp.session.AnalysisAnswer;
import dev.headlight.interp.verify.Comparison;
import dev.headlight.interp.verify.Verification;
import dev.headlight.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A reply as JSON: the fields of the answer, and those that any answer may have.
 *
 * @param answer without its warnings
 * @param warnings of the answer, and of the verification where there is one
 */
record ReplyBody(
        @JsonUnwrapped AnalysisAnswer answer,
        List<String> warnings,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable List<String> rendered,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Verification verification,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable ComparedReply comparison) {
    /** The name of the field {@code rendered}. */
    static final String RENDERED = "rendered";
    /** The name of the field {@code comparison}. */
    static final String COMPARISON = "comparison";

    /**
     * The other model's answer, which has nothing that belongs to the whole reply.
     *
     * @param difference the other model's tensors minus those of the reply's model, by name
     */
    record ComparedReply(String model, ReplyBody answer, Map<String, Tensor> difference) {
        private static ComparedReply of(Comparison comparison) {
            AnalysisAnswer answer = comparison.answer();
            return new ComparedReply(
                    comparison.model(),
                    new ReplyBody(answer, answer.warnings(), null, null, null),
                    comparison.difference());
        }
    }

    /** The body of a reply. */
    static ReplyBody of(Reply reply) {
        List<String> warnings = new ArrayList<>(reply.analysis().warnings());
        if (reply.verification() != null) {
            warnings.addAll(reply.verification().warnings());
        }
        return new ReplyBody(
                reply.analysis(),
                warnings,
                reply.rendered(),
                reply.verification(),
                reply.comparison() == null ? null : ComparedReply.of(reply.comparison()));
    }
}
