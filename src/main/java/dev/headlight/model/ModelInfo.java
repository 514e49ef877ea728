package dev.headlight.model;

import org.jspecify.annotations.Nullable;

/**
 * A model's sizes, as its {@code config.json} gives them.
 *
 * @param architecture Transformers' {@code model_type}
 * @param nKvHeads heads of keys and values
 * @param contextLength most positions of one input; null where nothing bounds it
 * @param causal whether a query sees only itself and earlier keys
 */
public record ModelInfo(
        String architecture,
        int nLayers,
        int nHeads,
        int nKvHeads,
        int dModel,
        int dHead,
        int dMlp,
        int vocabSize,
        @Nullable Integer contextLength,
        boolean causal) {

    /** Length of a hook point's last axis; the key axis has the input's length, given here. */
    public int width(Site site, int positions) {
        return switch (site) {
            case Q, K, V, Z -> dHead;
            case ATTN_SCORES, PATTERN -> positions;
            case MLP_PRE, MLP_POST -> dMlp;
            case LOGITS -> vocabSize;
            default -> dModel;
        };
    }

    /** Heads of a hook point that has them. */
    public int heads(Site site) {
        return site == Site.K || site == Site.V ? nKvHeads : nHeads;
    }

    /** Elements of a hook point's value for one input of so many positions. */
    public long elements(Site site, int positions) {
        long heads = site.hasHeads() ? heads(site) : 1;
        return heads * positions * width(site, positions);
    }
}
