package dev.headlight.model.part;

import dev.headlight.model.ModelInfo;
import org.jspecify.annotations.Nullable;

/**
 * How attention scores are computed from queries and keys.
 *
 * @param scale factor of the dot products
 * @param queryNorm norm of queries, over d_head or over all heads of a token together; null for none
 * @param keyNorm norm of keys, in the same way; null for none
 * @param rotary rotary position embedding; null for none
 * @param alibi biases by distance; null for none
 * @param softCap bound c of the scores, c · tanh(score / c), as in Gemma 2; null for none
 * @param window number of keys that a query sees, including that of its own position; null for all
 */
public record Scoring(
        double scale,
        @Nullable Norm queryNorm,
        @Nullable Norm keyNorm,
        @Nullable Rotary rotary,
        @Nullable Alibi alibi,
        @Nullable Double softCap,
        @Nullable Integer window) {

    /**
     * Scaled dot products, 1/√d_head.
     *
     * @see <a href="https://arxiv.org/abs/1706.03762">Vaswani et al., 2017, section 3.2.1</a>
     */
    public static Scoring of(ModelInfo m) {
        return scaled(1 / Math.sqrt(m.dHead()));
    }

    /** Dot products times a factor. */
    public static Scoring scaled(double scale) {
        return new Scoring(scale, null, null, null, null, null, null);
    }

    /** With norms of queries and keys, before rotation. */
    public Scoring norms(Norm query, Norm key) {
        return new Scoring(scale, query, key, rotary, alibi, softCap, window);
    }

    /** With rotary position embedding; null for none. */
    public Scoring rotary(@Nullable Rotary rotary) {
        return new Scoring(scale, queryNorm, keyNorm, rotary, alibi, softCap, window);
    }

    /** With biases that grow with the distance of query and key; null for none. */
    public Scoring alibi(@Nullable Alibi alibi) {
        return new Scoring(scale, queryNorm, keyNorm, rotary, alibi, softCap, window);
    }

    /** With scores bounded by ±{@code softCap}; null for no bound. */
    public Scoring softCap(@Nullable Double softCap) {
        return new Scoring(scale, queryNorm, keyNorm, rotary, alibi, softCap, window);
    }

    /** With a sliding window of this many keys, the query's own included; null for all keys. */
    public Scoring window(@Nullable Integer window) {
        return new Scoring(scale, queryNorm, keyNorm, rotary, alibi, softCap, window);
    }
}
