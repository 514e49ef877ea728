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
 * The JSON body of a reply: the fields of the answer, and the fields that every answer may have.
 *
 * @param answer the answer; its own {@code warnings} are left out
 * @param warnings warnings of the inputs, the answer and the verification
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
     * The answer of the compared model.
     *
     * @param difference tensors of the compared model minus those of the request's model, by name
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

    /** Builds the body of a reply. */
    static ReplyBody of(Reply reply) {
        List<String> warnings = new ArrayList<>(reply.inputWarnings());
        warnings.addAll(reply.analysis().warnings());
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
