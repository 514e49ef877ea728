package dev.headlight.interp.session;

/**
 * The cost of an analysis, known before it runs.
 *
 * @param bytes the most native memory that it holds at once, with its answer and without the weights; memory that a single
 *     operation allocates and frees again is not counted
 * @param flops floating-point operations of all matrix products; a multiplication and an addition count as two
 * @param responseBytes bytes of the answer as it is written; an estimate for nested arrays, whose digits are not known
 */
public record Cost(long bytes, long flops, long responseBytes) {}
