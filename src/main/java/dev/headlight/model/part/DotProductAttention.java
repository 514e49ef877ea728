package dev.headlight.model.part;

import static dev.headlight.model.hook.Site.ATTN_SCORES;
import static dev.headlight.model.hook.Site.PATTERN;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.Hooks;
import dev.headlight.model.hook.Site;
import dev.headlight.tensor.AttentionOps;
import dev.headlight.tensor.Nonlinearities;
import dev.headlight.tensor.Ops;
import java.util.List;
import java.util.stream.Stream;

/**
 * The scores and the pattern of one layer, and the values that it mixes.
 *
 * @param scoring how scores are computed
 * @param layer index of the layer
 * @param pass the running forward pass
 */
record DotProductAttention(Scoring scoring, int layer, ForwardPass pass) {
    private static final long SHORTEST_FUSED = 64; // keys; below, the fused kernel is not faster

    /**
     * Mixes the values by the attention pattern.
     *
     * @param q [batch, query, head, d_head]
     * @param k [batch, key, kv_head, d_head]; v has the same shape
     * @return z [batch, query, head, d_head]
     */
    NDArray mix(NDArray q, NDArray k, NDArray v) {
        if (isFused(k)) {
            return AttentionOps.attention(q, k, v, scoring.scale(), sum(biases()));
        }
        return AttentionOps.mix(hooks().at(name(PATTERN), pattern(q, k)), v);
    }

    /** Whether the fused kernel can be used: nobody asks for scores, patterns or gradients. */
    private boolean isFused(NDArray k) {
        return k.getShape().get(1) >= SHORTEST_FUSED
                && k.getDataType() == DataType.FLOAT32
                && scoring.softCap() == null
                && !hooks().differentiates()
                && !hooks().wants(name(PATTERN))
                && !hooks().wants(name(ATTN_SCORES));
    }

    /** ALiBi's biases and the mask, each of a shape that broadcasts to [batch, head, query, key]. */
    private List<NDArray> biases() {
        return Stream.concat(alibi().stream(), mask().stream()).toList();
    }

    private List<NDArray> alibi() {
        return scoring.alibi() == null ? List.of() : List.of(pass.biases(scoring.alibi()));
    }

    private List<NDArray> mask() {
        NDArray mask = pass.mask(scoring.window());
        return mask == null ? List.of() : List.of(mask);
    }

    /** One array that broadcasts to [batch, head, query, key] instead of several. */
    private static List<NDArray> sum(List<NDArray> biases) {
        return biases.size() < 2 ? biases : List.of(biases.get(0).add(biases.get(1)));
    }

    /** The pattern [batch, head, query, key] before its hooks, with the hooks of the scores applied. */
    private NDArray pattern(NDArray q, NDArray k) {
        boolean inOneCall =
                q.getDataType() == DataType.FLOAT32 && scoring.softCap() == null && !hooks().wants(name(ATTN_SCORES));
        if (inOneCall) {
            return AttentionOps.pattern(q, k, scoring.scale(), biases());
        }
        NDArray scores = hooks().at(name(ATTN_SCORES), scores(q, k));
        NDArray pattern = Ops.cast(Ops.cast(scores, DataType.FLOAT32).softmax(-1), scores.getDataType());
        return hooks().changes(name(ATTN_SCORES)) ? zeroFullyMaskedRows(scores, pattern) : pattern;
    }

    /** Scores [batch, head, query, key] after bias, soft cap and mask. */
    private NDArray scores(NDArray q, NDArray k) {
        if (scoring.softCap() == null) {
            return AttentionOps.scores(q, k, scoring.scale(), biases());
        }
        NDArray scores = AttentionOps.scores(q, k, scoring.scale(), alibi());
        NDArray capped = Nonlinearities.softCap(scores, scoring.softCap());
        mask().forEach(capped::addi); // after the cap, which would make minus infinity finite
        return capped;
    }

    /**
     * Gives a query that may attend to no key a row of zeros, for which softmax gives NaN; both [batch, head, query,
     * key].
     */
    private static NDArray zeroFullyMaskedRows(NDArray scores, NDArray pattern) {
        NDArray blind = scores.max(new int[] {-1}, true).eq(Float.NEGATIVE_INFINITY);
        return Ops.where(blind, pattern.zerosLike(), pattern);
    }

    private Hooks hooks() {
        return pass.hooks();
    }

    private HookName name(Site site) {
        return new HookName(layer, site);
    }
}
