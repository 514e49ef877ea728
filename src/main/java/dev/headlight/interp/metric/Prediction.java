package dev.headlight.interp.metric;

import ai.djl.ndarray.NDArray;
import dev.headlight.model.HookedModel;
import dev.headlight.tensor.Ops;
import dev.headlight.tensor.Scratch;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The next-token prediction of one run at one position.
 *
 * @param top the most probable tokens, in descending order
 * @param loss mean next-token cross-entropy over the input, in nats; null for a model that is not causal and for an
 *     input of one token
 */
public record Prediction(List<Token> top, @Nullable Double loss) {
    private static final long VALUES_AT_ONCE = 1 << 22;

    /**
     * One token that may come next.
     *
     * @param logit null if it is not finite
     * @param probability in [0, 1]; null if it is not finite
     */
    public record Token(
            int tokenId,
            String token,
            @Nullable Float logit,
            @Nullable Double probability) {
        /** A token with its logit and probability; a number that is not finite becomes null. */
        public static Token of(int id, String token, double logit, double probability) {
            return new Token(id, token, Double.isFinite(logit) ? (float) logit : null, Effect.finite(probability));
        }
    }

    /**
     * The prediction for one row of logits.
     *
     * @param logits {@code [vocab]}
     * @param topK how many tokens are listed
     * @param loss see {@link #loss(NDArray, int[])}
     */
    public static Prediction of(HookedModel model, double[] logits, int topK, @Nullable Double loss) {
        double[] logProbabilities = Distributions.logProbabilities(logits);
        List<Token> top = TopK.of(logits, topK).stream()
                .map(id -> Token.of(id, model.text().token(id), logits[id], Math.exp(logProbabilities[id])))
                .toList();
        return new Prediction(top, loss);
    }

    /**
     * Copies the logits of one position to the heap.
     *
     * @param logits {@code [position, vocab]}
     * @return {@code [vocab]}
     */
    public static double[] logitsAt(NDArray logits, int position) {
        float[] row = Ops.row(logits, position).toFloatArray();
        return IntStream.range(0, row.length).mapToDouble(i -> row[i]).toArray();
    }

    /**
     * Mean next-token cross-entropy, in nats.
     *
     * @param logits {@code [position, vocab]}, of the whole input
     * @param ids all tokens of the input
     * @return null for an input of one token, and if the loss is not finite
     */
    public static @Nullable Double loss(NDArray logits, int[] ids) {
        if (ids.length < 2) {
            return null;
        }
        int step = (int) Math.max(1, VALUES_AT_ONCE / logits.getShape().get(1));
        float[] picked = new float[ids.length - 1];
        for (int from = 0; from < picked.length; from += step) {
            float[] some = nextTokenLogProbabilities(logits, ids, from, Math.min(picked.length, from + step));
            System.arraycopy(some, 0, picked, from, some.length);
        }
        return Effect.finite(-IntStream.range(0, picked.length)
                .mapToDouble(i -> picked[i])
                .average()
                .orElseThrow());
    }

    /**
     * The log-probability of the token that follows each position of a range.
     *
     * @param logits [position, vocab], of the whole input
     * @return [position], in nats
     */
    private static float[] nextTokenLogProbabilities(NDArray logits, int[] ids, int from, int to) {
        return Scratch.read(() -> {
            NDArray some = Ops.slice(logits, 0, from, to).expandDims(0).logSoftmax(-1);
            return Distributions.nextTokenLogProbabilities(some, ids, from).toFloatArray();
        });
    }
}
