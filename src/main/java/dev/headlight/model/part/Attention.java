package dev.headlight.model.part;

import static dev.headlight.model.hook.Site.ATTN_SCORES;
import static dev.headlight.model.hook.Site.K;
import static dev.headlight.model.hook.Site.PATTERN;
import static dev.headlight.model.hook.Site.Q;
import static dev.headlight.model.hook.Site.ROT_K;
import static dev.headlight.model.hook.Site.ROT_Q;
import static dev.headlight.model.hook.Site.V;
import static dev.headlight.model.hook.Site.Z;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.headlight.model.ModelInfo;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.Hooks;
import dev.headlight.model.hook.KvCache;
import dev.headlight.model.hook.Site;
import dev.headlight.tensor.Nonlinearities;
import dev.headlight.tensor.Ops;
import dev.headlight.tensor.Scalars;
import org.jspecify.annotations.Nullable;

/**
 * Multi-head attention. Several query heads may share one head of keys and values (grouped-query attention).
 *
 * @param query weight [head * d_head, d_model]
 * @param key weight [kv_head * d_head, d_model]
 * @param value weight [kv_head * d_head, d_model]
 * @param out weight [d_model, head * d_head]
 * @see <a href="https://arxiv.org/abs/1706.03762">Vaswani et al., 2017, section 3.2</a>
 * @see <a href="https://arxiv.org/abs/2305.13245">Ainslie et al., 2023, for shared keys and values</a>
 */
public record Attention(int heads, int kvHeads, Scoring scoring, Linear query, Linear key, Linear value, Linear out) {

    /**
     * Attention whose projections are one weight: all queries, then all keys, then all values.
     *
     * @param qkv weight [head * d_head + 2 * kv_head * d_head, d_model]
     */
    public static Attention fused(ModelInfo m, Scoring scoring, Linear qkv, Linear out) {
        long q = (long) m.nHeads() * m.dHead();
        long kv = (long) m.nKvHeads() * m.dHead();
        return new Attention(
                m.nHeads(),
                m.nKvHeads(),
                scoring,
                qkv.outputs(0, q),
                qkv.outputs(q, q + kv),
                qkv.outputs(q + kv, q + 2 * kv),
                out);
    }

    /**
     * Attention whose projections are one weight: for each kv head the queries that share it, its key and its value.
     *
     * @param qkv weight [kv_head * (queries of a kv head + 2) * d_head, d_model]; it is copied and closed
     */
    public static Attention grouped(ModelInfo m, Scoring scoring, Linear qkv, Linear out) {
        int queries = m.nHeads() / m.nKvHeads();
        int dHead = m.dHead();
        Attention attention = new Attention(
                m.nHeads(),
                m.nKvHeads(),
                scoring,
                qkv.slots(queries + 2, dHead, 0, queries),
                qkv.slots(queries + 2, dHead, queries, queries + 1),
                qkv.slots(queries + 2, dHead, queries + 1, queries + 2),
                out);
        qkv.close();
        return attention;
    }

    /**
     * Computes the output of attention, before a norm follows and before it is added to the residual stream.
     *
     * @param x [batch, position, d_model], as the result
     */
    NDArray forward(NDArray x, int layer, ForwardPass pass) {
        Hooks hooks = pass.hooks();
        NDArray q = hooks.at(new HookName(layer, Q), split(query.apply(x), heads));
        NDArray k = hooks.at(new HookName(layer, K), split(key.apply(x), kvHeads));
        NDArray v = hooks.at(new HookName(layer, V), split(value.apply(x), kvHeads));
        q = normalisedAndRotated(q, scoring.queryNorm(), new HookName(layer, ROT_Q), pass);
        k = normalisedAndRotated(k, scoring.keyNorm(), new HookName(layer, ROT_K), pass);
        KvCache.KeysAndValues attended = pass.withKvCache(layer, k, v);
        NDArray pattern = pattern(q, attended.keys(), layer, pass); // [batch, head, query, key]
        NDArray mixed =
                byGroup(pattern).matMul(attended.values().transpose(0, 2, 1, 3)).reshape(byHead(q));
        NDArray z = hooks.at(new HookName(layer, Z), mixed.transpose(0, 2, 1, 3)); // [batch, position, head, d_head]
        return out.apply(z.reshape(x.getShape().get(0), x.getShape().get(1), -1));
    }

    /** Normalises and rotates queries or keys [batch, position, head, d_head], in models that do so. */
    private NDArray normalisedAndRotated(NDArray x, @Nullable Norm norm, HookName name, ForwardPass pass) {
        if (norm != null) {
            Shape shape = x.getShape();
            boolean perHead = norm.width() == shape.get(3);
            x = perHead
                    ? norm.apply(x)
                    : norm.apply(x.reshape(shape.get(0), shape.get(1), -1)).reshape(shape);
        }
        Rotary rotary = scoring.rotary();
        return rotary == null ? x : pass.hooks().at(name, rotary.rotate(x, pass.table(rotary)));
    }

    /**
     * Scores and their softmax.
     *
     * @param q [batch, query, head, d_head]
     * @param k [batch, key, kv_head, d_head]
     * @return [batch, head, query, key]
     */
    private NDArray pattern(NDArray q, NDArray k, int layer, ForwardPass pass) {
        Shape byHead = byHead(q);
        NDArray scores = byGroup(q.transpose(0, 2, 1, 3)).matMul(k.transpose(0, 2, 3, 1));
        scores = Scalars.timesInPlace(scores.reshape(byHead.get(0), heads, byHead.get(2), -1), scoring.scale());
        scores = masked(capped(biased(scores, pass)), pass); // in place: no hook has seen them yet
        HookName name = new HookName(layer, ATTN_SCORES);
        scores = pass.hooks().at(name, scores);
        NDArray pattern = Ops.cast(Ops.cast(scores, DataType.FLOAT32).softmax(-1), scores.getDataType());
        if (pass.hooks().changes(name)) {
            pattern = zeroFullyMaskedRows(scores, pattern);
        }
        return pass.hooks().at(new HookName(layer, PATTERN), pattern);
    }

    /** Adds ALiBi's biases to scores [batch, head, query, key], in place. */
    private NDArray biased(NDArray scores, ForwardPass pass) {
        return scoring.alibi() == null ? scores : scores.addi(pass.biases(scoring.alibi()));
    }

    /** Bounds scores [batch, head, query, key]. */
    private NDArray capped(NDArray scores) {
        return scoring.softCap() == null ? scores : Nonlinearities.softCap(scores, scoring.softCap());
    }

    /** Adds minus infinity to the scores [batch, head, query, key] of hidden keys, in place. */
    private NDArray masked(NDArray scores, ForwardPass pass) {
        NDArray mask = pass.mask(scoring.window());
        return mask == null ? scores : scores.addi(mask);
    }

    /**
     * Gives a query that may attend to no key a row of zeros, for which softmax gives NaN; both [batch, head, query,
     * key].
     */
    private static NDArray zeroFullyMaskedRows(NDArray scores, NDArray pattern) {
        NDArray blind = scores.max(new int[] {-1}, true).eq(Float.NEGATIVE_INFINITY);
        return Ops.where(blind, pattern.zerosLike(), pattern);
    }

    /** [batch, position, head * d_head] to [batch, position, head, d_head]. */
    private static NDArray split(NDArray x, int heads) {
        Shape shape = x.getShape();
        return x.reshape(shape.get(0), shape.get(1), heads, shape.get(2) / heads);
    }

    /** Merges the query heads that share a kv head: [batch, head, query, n] to [batch, kv_head, its heads * query, n]. */
    private NDArray byGroup(NDArray x) {
        Shape shape = x.getShape();
        return kvHeads == heads ? x : x.reshape(shape.get(0), kvHeads, heads / kvHeads * shape.get(2), shape.get(3));
    }

    /** The shape [batch, head, position, d_head] for queries [batch, position, head, d_head]. */
    private static Shape byHead(NDArray q) {
        Shape shape = q.getShape();
        return new Shape(shape.get(0), shape.get(2), shape.get(1), shape.get(3));
    }

    /** Whether attention has this hook point: rotated queries and keys only in rotary models. */
    boolean has(Site site) {
        return (site != ROT_Q && site != ROT_K) || scoring.rotary() != null;
    }

    /** Size of a head's queries, keys and values. */
    long dHead() {
        return out.weight().getShape().get(1) / heads;
    }

    /** The head of keys and values that a query head uses. */
    int kvHead(int head) {
        return head / (heads / kvHeads);
    }
}
