package dev.headlight.model.part;

import static dev.headlight.model.hook.Site.ROT_K;
import static dev.headlight.model.hook.Site.ROT_Q;
import static dev.headlight.model.hook.Site.Z;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import dev.headlight.model.ModelInfo;
import dev.headlight.model.Qkv;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.KvCache;
import dev.headlight.model.hook.Site;
import org.jspecify.annotations.Nullable;

/**
 * Multi-head attention. Several query heads may share one head of keys and values (grouped-query attention).
 *
 * @see <a href="https://arxiv.org/abs/1706.03762">Vaswani et al., 2017, section 3.2</a>
 * @see <a href="https://arxiv.org/abs/2305.13245">Ainslie et al., 2023, for shared keys and values</a>
 */
public final class Attention {
    private final int heads;
    private final int kvHeads;
    private final Scoring scoring;
    private final QkvProjection projection;
    private final Linear out;

    /**
     * Attention with these projections.
     *
     * @param query weight [head * d_head, d_model]
     * @param key weight [kv_head * d_head, d_model]
     * @param value weight [kv_head * d_head, d_model]
     * @param out weight [d_model, head * d_head]
     */
    public Attention(int heads, int kvHeads, Scoring scoring, Linear query, Linear key, Linear value, Linear out) {
        this.heads = heads;
        this.kvHeads = kvHeads;
        this.scoring = scoring;
        this.projection = new QkvProjection(heads, kvHeads, query, key, value);
        this.out = out;
    }
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
        Qkv projected = projection.apply(x, layer, pass);
        NDArray q = normalisedAndRotated(projected.q(), scoring.queryNorm(), new HookName(layer, ROT_Q), pass);
        NDArray k = normalisedAndRotated(projected.k(), scoring.keyNorm(), new HookName(layer, ROT_K), pass);
        KvCache.KeysAndValues attended = pass.withKvCache(layer, k, projected.v());
        NDArray z = new DotProductAttention(scoring, layer, pass).mix(q, attended.keys(), attended.values());
        return out.apply(pass.hooks()
                .at(new HookName(layer, Z), z)
                .reshape(x.getShape().get(0), x.getShape().get(1), -1));
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

    int heads() {
        return heads;
    }

    int kvHeads() {
        return kvHeads;
    }

    Scoring scoring() {
        return scoring;
    }

    Linear query() {
        return projection.query();
    }

    Linear key() {
        return projection.key();
    }

    Linear value() {
        return projection.value();
    }

    Linear out() {
        return out;
    }

    /** The number of weights of the layers that {@link #pack} packs. */
    long packable(long fewest) {
        return projection.packable(fewest) + out.packable(fewest);
    }

    /** Packs its layers with at least {@code fewest} weights. */
    void pack(long fewest) {
        projection.pack(fewest);
        out.pack(fewest);
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
