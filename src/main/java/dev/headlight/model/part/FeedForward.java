package dev.headlight.model.part;

import ai.djl.ndarray.NDArray;
import dev.headlight.model.hook.Site;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The part of a block that follows attention: an MLP or a mixture of experts. */
public interface FeedForward {
    /**
     * Computes the output, before a norm follows and before it is added to the residual stream.
     *
     * @param x [batch, position, d_model], as the result
     */
    NDArray forward(NDArray x, int layer, ForwardPass pass);

    /** The layer that maps neurons to the output; null for a mixture of experts, which has one such layer per expert. */
    @Nullable
    Linear output();

    /** Its linear layers that read every token. */
    List<Linear> layers();

    /** The sites of its hook points. */
    Set<Site> sites();
}
