package dev.headlight.model.part;

import org.jspecify.annotations.Nullable;

/**
 * How a query and a key make a score.
 *
 * @param scale what the dot products are multiplied by
 * @param queryNorm null where queries are not normalised; over d_head, or over all heads at once
 * @param rotary null where nothing is rotated
 * @param alibi null where nothing is added
 * @param softCap what bounds the scores, c · tanh(score / c); null where nothing does
 * @param window how many keys a query sees, itself and those before it; null for all
 */
public record Scoring(
        double scale,
        @Nullable Norm queryNorm,
        @Nullable Norm keyNorm,
        @Nullable Rotary rotary,
        @Nullable Alibi alibi,
        @Nullable Double softCap,
        @Nullable Integer window) {

    public static Scoring scaled(double scale) {
        return new Scoring(scale, null, null, null, null, null, null);
    }

    public Scoring norms(Norm query, Norm key) {
        return new Scoring(scale, query, key, rotary, alibi, softCap, window);
    }

    public Scoring rotary(@Nullable Rotary rotary) {
        return new Scoring(scale, queryNorm, keyNorm, rotary, alibi, softCap, window);
    }

    public Scoring alibi(@Nullable Alibi alibi) {
        return new Scoring(scale, queryNorm, keyNorm, rotary, alibi, softCap, window);
    }

    public Scoring softCap(@Nullable Double softCap) {
        return new Scoring(scale, queryNorm, keyNorm, rotary, alibi, softCap, window);
    }

    public Scoring window(@Nullable Integer window) {
        return new Scoring(scale, queryNorm, keyNorm, rotary, alibi, softCap, window);
    }
}
