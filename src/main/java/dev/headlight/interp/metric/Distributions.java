package dev.headlight.interp.metric;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.headlight.tensor.Ops;
import java.util.Arrays;

/** Distributions of the next token: log-softmax, KL divergence, and the log-probabilities whose mean is a loss. */
public final class Distributions {
    private Distributions() {}

    /**
     * Log-softmax over the vocabulary, differentiable.
     *
     * @param logits {@code […, vocab]}
     * @return {@code […, vocab]}, float64, in nats
     */
    public static NDArray logProbabilities(NDArray logits) {
        return Ops.cast(logits, DataType.FLOAT64).logSoftmax(-1);
    }

    /**
     * Log-softmax of one row of logits on the heap.
     *
     * @param logits {@code [vocab]}
     * @return {@code [vocab]}, in nats
     */
    public static double[] logProbabilities(double[] logits) {
        double max = Arrays.stream(logits).max().orElseThrow();
        double log =
                max + Math.log(Arrays.stream(logits).map(x -> Math.exp(x - max)).sum());
        return Arrays.stream(logits).map(x -> x - log).toArray();
    }

    /**
     * KL(p ‖ q) of each row, differentiable in q. Tokens of probability 0 in p add 0. Rounding may make it slightly negative.
     *
     * @param p log-probabilities {@code [row, vocab]}, or {@code [1, vocab]} for all rows
     * @param q log-probabilities {@code [row, vocab]}; their memory manager also owns the result
     * @return {@code [row]}, in nats
     */
    public static NDArray klDivergence(NDArray p, NDArray q) {
        NDArray mass = p.exp();
        NDArray terms = q.neg().addi(p).mul(mass);
        return Ops.where(mass.eq(0), terms.zerosLike(), terms).sum(new int[] {1}, false);
    }

    /**
     * KL(p ‖ q) of two rows of logits on the heap.
     *
     * @param original the logits of p {@code [vocab]}
     * @param modified the logits of q {@code [vocab]}
     * @return at least 0, in nats; NaN if a logit is NaN
     */
    public static double klDivergence(double[] original, double[] modified) {
        double[] p = logProbabilities(original);
        double[] q = logProbabilities(modified);
        double sum = 0;
        for (int i = 0; i < p.length; i++) {
            double mass = Math.exp(p[i]);
            sum += mass == 0 ? 0 : mass * (p[i] - q[i]);
        }
        return Math.max(sum, 0); // rounding may give -1e-17; NaN stays
    }

    /**
     * The log-probability of the token that follows each position.
     *
     * @param logProbabilities [row, position, vocab]
     * @param ids all tokens of the input
     * @param from the first position of {@code logProbabilities} in the input; each of its positions must have a next token
     * @return [row, position], in nats
     */
    static NDArray nextTokenLogProbabilities(NDArray logProbabilities, int[] ids, int from) {
        Shape shape = logProbabilities.getShape();
        int positions = (int) shape.get(1);
        long[] next = Arrays.stream(ids, from + 1, from + 1 + positions)
                .asLongStream()
                .toArray();
        NDArray index = Ops.nativeCopy(logProbabilities.getManager().create(next, new Shape(1, positions, 1)));
        return logProbabilities
                .gather(Ops.expand(index, new Shape(shape.get(0), positions, 1)), 2)
                .squeeze(2);
    }
}
