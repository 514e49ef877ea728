package dev.headlight.interp;

import dev.headlight.model.Provenance;
import dev.headlight.tensor.Tensor;
import java.util.List;
import java.util.Map;

/** The answer of an analysis. */
public interface Analysis {
    Provenance provenance();

    List<String> warnings();

    /** The tensors in it, by their name in a binary answer, such as {@code 0.attention}; empty where there are none. */
    Map<String, Tensor> tensors();

    /** The same answer with other tensors, by the same names; the same answer where there are none. */
    default Analysis with(Map<String, Tensor> others) {
        return this;
    }
}
