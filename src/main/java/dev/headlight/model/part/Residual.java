package dev.headlight.model.part;

/** Where a block's norms stand: on what a layer reads, or on the sum that it wrote to. */
public enum Residual {
    PRE_NORM,
    POST_NORM
}
