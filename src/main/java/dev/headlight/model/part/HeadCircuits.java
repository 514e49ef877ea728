package dev.headlight.model.part;

import ai.djl.ndarray.NDArray;
import dev.headlight.tensor.Ops;
import dev.headlight.tensor.Scratch;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * What a head does to tokens, read off the weights alone: no input, no positions, no biases. Tokens are what the embedding
 * makes of each by itself.
 *
 * @see <a href="https://transformer-circuits.pub/2021/framework/index.html">Elhage et al., 2021</a>
 */
record HeadCircuits(Embedding embedding, Block block, Unembedding unembedding, int head) {
    private static final int TOKENS_AT_ONCE = 1 << 12;

    /**
     * What the head writes to the logits of every token where it reads these: W_E W_V W_O W_U. Norms behind the head have
     * no scale, but centre and gain.
     *
     * @param ids int64 (token); the result is (token, vocab)
     */
    NDArray ov(NDArray ids) {
        return Scratch.only(() -> {
            Attention attention = block.attention();
            NDArray v = project(attention.value(), null, kvHead(), read(ids));
            NDArray written = unscaled(block.afterAttention(), out(v));
            NDArray x = unscaled(unembedding.norm(), written);
            x = unembedding.projection() == null ? x : unbiased(unembedding.projection(), x);
            return unbiased(unembedding.out(), x).mul(unembedding.scale());
        });
    }

    /**
     * The score of every token as a key where these are the query, both at one position: W_E W_Qᵀ W_K W_Eᵀ, scaled.
     *
     * @param ids int64 (token); the result is (token, vocab)
     */
    NDArray qk(NDArray ids) {
        return Scratch.only(() -> {
            Scoring scoring = block.attention().scoring();
            NDArray q = project(block.attention().query(), scoring.queryNorm(), head, read(ids));
            long vocabulary = embedding.tokens().getShape().get(0);
            List<NDArray> keys = new ArrayList<>();
            for (long from = 0; from < vocabulary; from += TOKENS_AT_ONCE) {
                long[] some = LongStream.range(from, Math.min(vocabulary, from + TOKENS_AT_ONCE))
                        .toArray();
                keys.add(Scratch.only(() -> project(
                        block.attention().key(),
                        scoring.keyNorm(),
                        kvHead(),
                        read(ids.getManager().create(some)))));
            }
            return q.matMul(Ops.concat(keys, 0).transpose(1, 0)).mul(scoring.scale());
        });
    }

    private int kvHead() {
        return head / (block.attention().heads() / block.attention().kvHeads());
    }

    /** What the head reads of each token alone, normalised as the block does where it comes first. */
    private NDArray read(NDArray ids) {
        NDArray x = Ops.embedding(ids, embedding.tokens());
        x = embedding.projection() == null ? x : unbiased(embedding.projection(), x);
        x = scaled(embedding.norm(), embedding.scale() == 1 ? x : x.mul(embedding.scale()));
        x = embedding.widening() == null ? x : unbiased(embedding.widening(), x);
        return scaled(block.residual() == Residual.POST_NORM ? null : block.norm1(), x);
    }

    /** Queries, keys or values of one head, (token, d_head). */
    private NDArray project(Linear linear, @Nullable Norm norm, int which, NDArray x) {
        long width = width();
        if (norm != null && norm.width() != width) { // over all heads at once
            return Ops.slice(scaled(norm, unbiased(linear, x)), 1, which * width, (which + 1) * width);
        }
        // a view of a weight belongs to the model's memory, and would stay there with it
        try (NDArray own = Ops.slice(Ops.beside(x, linear.weight()), 0, which * width, (which + 1) * width)) {
            return scaled(norm, Ops.linear(x, own, null));
        }
    }

    private long width() {
        return block.attention().out().weight().getShape().get(1)
                / block.attention().heads();
    }

    private NDArray out(NDArray v) {
        Linear out = block.attention().out();
        try (NDArray own = Ops.slice(Ops.beside(v, out.weight()), 1, head * width(), (head + 1) * width())) {
            return Ops.linear(v, own, null);
        }
    }

    private static NDArray unbiased(Linear linear, NDArray x) {
        return Ops.linear(x, linear.weight(), null);
    }

    /** Normalised by its own statistics, without the bias. */
    private static NDArray scaled(@Nullable Norm norm, NDArray x) {
        return norm == null ? x : norm.pullAffine(norm.normalized(x));
    }

    private static NDArray unscaled(@Nullable Norm norm, NDArray x) {
        return norm == null ? x : norm.pullAffine(norm.centred(x));
    }
}
