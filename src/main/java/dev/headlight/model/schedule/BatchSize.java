package dev.headlight.model.schedule;

/**
 * The size of a batch of tasks, or of one task.
 *
 * @param bytes of activations
 * @param flops floating-point operations
 */
public record BatchSize(long bytes, double flops) {
    /** Larger batches gain nothing, and the tasks behind them wait longer. */
    public static final BatchSize LARGEST = new BatchSize(64L << 20, 30e9);

    /** Fewer operations per thread are done before a second thread has started, or has been waited for. */
    private static final double LEAST_PER_THREAD = 0.25e9;

    /** How many threads have enough to do. */
    int mostThreads() {
        return (int) Math.max(1, Math.min(Integer.MAX_VALUE, flops / LEAST_PER_THREAD));
    }

    /** The size of both together. */
    BatchSize plus(BatchSize other) {
        return new BatchSize(bytes + other.bytes, flops + other.flops);
    }

    /** Whether it is at most {@link #LARGEST}. */
    boolean fits() {
        return bytes <= LARGEST.bytes && flops <= LARGEST.flops;
    }
}
