package dev.headlight.model.part;

/** How attention and MLP join the residual stream. */
public enum Residual {
    /** One after the other; what they read is normalised, the stream itself never. */
    PRE_NORM,
    /** One after the other; the stream is normalised after each. */
    POST_NORM,
    /** Both read what the block receives, so that there is nothing between them. */
    PARALLEL
}
