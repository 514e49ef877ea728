package dev.headlight.interp.session;

import dev.headlight.model.Provenance;
import dev.headlight.tensor.Tensor;
import java.util.List;
import java.util.Map;

/** The answer of an analysis: a record, whose tensors are found in its components and in those of the records in it. */
public interface AnalysisAnswer {
    /** What the answer was computed with: model, dtype, hashes and versions. */
    Provenance provenance();

    /** Sentences for the client, such as why a number is null; empty if there are none. */
    List<String> warnings();

    /**
     * The tensors of the answer, in order, by their name in a binary answer.
     *
     * @return for example {@code 0.attention} for the tensor {@code attention} of the first result; empty if there are none
     */
    default Map<String, Tensor> tensors() {
        return AnswerTensors.of(this);
    }

    /**
     * A copy with other tensors, such as differences between two answers.
     *
     * @param others a tensor for each name of {@link #tensors()}
     * @throws NullPointerException if {@code others} lacks a name
     */
    default AnalysisAnswer with(Map<String, Tensor> others) {
        return AnswerTensors.with(this, others);
    }
}
