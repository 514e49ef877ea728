package dev.headlight.model.part;

import ai.djl.ndarray.NDArray;
import dev.headlight.model.hook.Site;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The part of a block that follows attention: an MLP or a mixture of experts. */
public interface FeedForward {
    /**
     * Computes what the MLP writes, before a norm and before it joins the residual stream.
     *
     * @param x [batch, position, d_model], as the result
     */
    NDArray forward(NDArray x, int layer, ForwardPass pass);

    /** The layer that maps neurons to the output; null for a mixture of experts, whose neurons belong to several experts. */
    @Nullable
    Linear output();

    /** The sites of its hook points. */
    Set<Site> sites();
}
