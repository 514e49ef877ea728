package dev.headlight.interp;

/**
 * What an analysis takes, known before it runs.
 *
 * @param bytes most memory that it holds at once beside the weights, its answer too
 * @param flops floating-point operations, a multiplication and an addition counted as two
 * @param responseBytes of the answer's tensors, as they are written
 */
public record Cost(long bytes, long flops, long responseBytes) {}
