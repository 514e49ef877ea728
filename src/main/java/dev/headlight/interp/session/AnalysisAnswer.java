package dev.headlight.interp.session;

import dev.headlight.model.Provenance;
import dev.headlight.tensor.Tensor;
import java.util.List;
import java.util.Map;

/** The answer of an analysis: a record. Its tensors are its components, or those of records, lists and maps in it. */
public interface AnalysisAnswer {
    /** What the answer was computed with: model, dtype, hashes and versions. */
    Provenance provenance();

    /** Remarks for the client, such as why a number is null; empty if there are none. */
    List<String> warnings();

    /**
     * The tensors of the answer, by their names in a binary answer, in the order of the record's components.
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
