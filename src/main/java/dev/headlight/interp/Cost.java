package dev.headlight.interp;

/**
 * What an analysis takes, known before it runs.
 *
 * @param bytes most native memory that it holds at once beside the weights, its answer too; what an operation takes and
 *     frees within itself is not counted
 * @param flops floating-point operations of all matrix products, a multiplication and an addition counted as two
 * @param responseBytes of the answer as it is written; of nested arrays, whose digits are not known, about
 */
public record Cost(long bytes, long flops, long responseBytes) {}
