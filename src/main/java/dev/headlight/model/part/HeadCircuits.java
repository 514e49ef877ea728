package dev.headlight.model.part;

import ai.djl.ndarray.NDArray;
import dev.headlight.tensor.Ops;
import dev.headlight.tensor.Scratch;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * The OV and QK circuits of one head as maps between tokens, computed from the weights alone: no input, no positions, no
 * biases. A token is represented by its embedding.
 *
 * @see <a href="https://transformer-circuits.pub/2021/framework/index.html">Elhage et al., 2021</a>
 */
record HeadCircuits(Embedding embedding, Block block, Unembedding unembedding, int head) {
    private static final int TOKENS_AT_ONCE = 1 << 12;

    /**
     * The OV circuit: what the head adds to the logits if it attends to a token, W_E W_V W_O W_U. Norms after the head
     * keep their centring and gain; their scale is 1.
     *
     * @param ids int64 [token]
     * @return [token, vocab]
     */
    NDArray ov(NDArray ids) {
        return Scratch.only(() -> {
            NDArray x = read(ids); // [token, d_model]
            NDArray written;
            try (HeadWeights weights = new HeadWeights(block.attention(), x)) {
                NDArray v = Ops.linear(x, weights.v(head), null); // [token, d_head]
                written = Ops.linear(v, weights.o(head), null); // [token, d_model]
            }
            written = unscaled(unembedding.norm(), unscaled(block.afterAttention(), written));
            written = unembedding.projection() == null ? written : unbiased(unembedding.projection(), written);
            return unbiased(unembedding.out(), written).mul(unembedding.scale());
        });
    }

    /**
     * The QK circuit: the score of each token as key for a token as query, at the same position, W_E W_Qᵀ W_K W_Eᵀ,
     * scaled.
     *
     * @param ids int64 [token]
     * @return [token, vocab]
     */
    NDArray qk(NDArray ids) {
        return Scratch.only(() -> {
            NDArray q = query(read(ids));
            long vocabulary = embedding.tokens().getShape().get(0);
            List<NDArray> keys = new ArrayList<>();
            for (long from = 0; from < vocabulary; from += TOKENS_AT_ONCE) {
                long[] some = LongStream.range(from, Math.min(vocabulary, from + TOKENS_AT_ONCE))
                        .toArray();
                keys.add(Scratch.only(() -> key(read(ids.getManager().create(some)))));
            }
            double scale = block.attention().scoring().scale();
            return q.matMul(Ops.concat(keys, 0).transpose(1, 0)).mul(scale);
        });
    }

    /** [token, d_model] to [token, d_head]. */
    private NDArray query(NDArray x) {
        Attention attention = block.attention();
        Norm norm = attention.scoring().queryNorm();
        if (isOverAllHeads(norm)) {
            return oneHead(scaled(norm, unbiased(attention.query(), x)), head);
        }
        try (HeadWeights weights = new HeadWeights(attention, x)) {
            return scaled(norm, Ops.linear(x, weights.q(head), null));
        }
    }

    /** [token, d_model] to [token, d_head]. */
    private NDArray key(NDArray x) {
        Attention attention = block.attention();
        Norm norm = attention.scoring().keyNorm();
        if (isOverAllHeads(norm)) {
            return oneHead(scaled(norm, unbiased(attention.key(), x)), attention.kvHead(head));
        }
        try (HeadWeights weights = new HeadWeights(attention, x)) {
            return scaled(norm, Ops.linear(x, weights.k(head), null));
        }
    }

    /** Whether a norm of queries or keys spans all heads of a token, as in OLMo 2. */
    private boolean isOverAllHeads(@Nullable Norm norm) {
        return norm != null && norm.width() != block.attention().dHead();
    }

    /** [token, head * d_head] to [token, d_head]. */
    private NDArray oneHead(NDArray all, int index) {
        long width = block.attention().dHead();
        return Ops.slice(all, 1, index * width, (index + 1) * width);
    }

    /** The input of the head for each token, normalised as in the first block: int64 [token] to [token, d_model]. */
    private NDArray read(NDArray ids) {
        NDArray x = Ops.embedding(ids, embedding.tokens());
        x = embedding.projection() == null ? x : unbiased(embedding.projection(), x);
        x = scaled(embedding.norm(), embedding.scale() == 1 ? x : x.mul(embedding.scale()));
        x = embedding.widening() == null ? x : unbiased(embedding.widening(), x);
        return scaled(block.layout() == BlockLayout.POST_NORM ? null : block.norm1(), x);
    }

    private static NDArray unbiased(Linear linear, NDArray x) {
        return Ops.linear(x, linear.weight(), null);
    }

    /** Normalised by its own mean and scale, times the gain, without the bias. */
    private static NDArray scaled(@Nullable Norm norm, NDArray x) {
        return norm == null ? x : norm.pullAffine(norm.normalized(x));
    }

    /** Centred and times the gain, without scale and bias. */
    private static NDArray unscaled(@Nullable Norm norm, NDArray x) {
        return norm == null ? x : norm.pullAffine(norm.centred(x));
    }
}
