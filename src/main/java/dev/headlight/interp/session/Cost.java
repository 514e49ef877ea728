package dev.headlight.interp.session;

/**
 * The cost of an analysis, known before it runs.
 *
 * @param bytes peak of the native memory of the run and its answer, without the weights; memory that a single operation
 *     allocates and frees again is not counted
 * @param flops floating-point operations of all matrix products; a multiplication and an addition count as two
 * @param responseBytes bytes of the answer as it is sent; an estimate for JSON, whose digits are not known before
 */
public record Cost(long bytes, long flops, long responseBytes) {}
