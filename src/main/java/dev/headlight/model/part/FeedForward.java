package dev.headlight.model.part;

import ai.djl.ndarray.NDArray;
import dev.headlight.model.Site;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a block has beside its attention. */
public interface FeedForward {
    /** @param x (batch, position, d_model); the result too, before it joins the residual stream */
    NDArray forward(NDArray x, int layer, Pass pass);

    /** What makes its output of its neurons' values; null where they are those of several experts. */
    @Nullable
    Linear output();

    /** The hook points within it. */
    Set<Site> sites();
}
