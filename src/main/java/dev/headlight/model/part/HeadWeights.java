package dev.headlight.model.part;

import ai.djl.ndarray.NDArray;
import dev.headlight.tensor.Ops;

/**
 * The weights of attention head by head: W_Q, W_K, W_V and W_O of {@link Attention}, in the model's dtype. The arrays are
 * {@linkplain WeightViews views}, which are valid until this is closed.
 *
 * @see <a href="https://transformer-circuits.pub/2021/framework/index.html">Elhage et al., 2021</a>
 */
final class HeadWeights implements AutoCloseable {
    private final Attention attention;
    private final long width; // d_head
    private final WeightViews query;
    private final WeightViews key;
    private final WeightViews value;
    private final WeightViews out;

    /** @param like an array of the computation (any shape): a dry run gets weights without values */
    HeadWeights(Attention attention, NDArray like) {
        this.attention = attention;
        this.width = attention.dHead();
        this.query = new WeightViews(attention.query().weight(), like);
        this.key = new WeightViews(attention.key().weight(), like);
        this.value = new WeightViews(attention.value().weight(), like);
        this.out = new WeightViews(attention.out().weight(), like);
    }

    /** W_Q of a query head, [d_head, d_model]. */
    NDArray q(int head) {
        return query.of(all -> rows(all, head, width));
    }

    /** W_K that a query head uses, [d_head, d_model]; several query heads may share it. */
    NDArray k(int head) {
        return key.of(all -> rows(all, attention.kvHead(head), width));
    }

    /** W_V that a query head uses, [d_head, d_model]; several query heads may share it. */
    NDArray v(int head) {
        return value.of(all -> rows(all, attention.kvHead(head), width));
    }

    /** W_O of a query head, [d_model, d_head]. */
    NDArray o(int head) {
        return out.of(all -> columns(all, head, width));
    }

    /** W_Q of all query heads, [head, d_model, d_head]. */
    NDArray allQ() {
        return byHead(query, attention.query(), attention.heads());
    }

    /** W_K of all kv heads, [kv_head, d_model, d_head]. */
    NDArray allK() {
        return byHead(key, attention.key(), attention.kvHeads());
    }

    /** W_V of all kv heads, [kv_head, d_model, d_head]. */
    NDArray allV() {
        return byHead(value, attention.value(), attention.kvHeads());
    }

    /** W_O of all query heads, [head, d_head, d_model]. */
    NDArray allO() {
        NDArray byHead = out.of(all -> all.reshape(-1, attention.heads(), width));
        return out.of(all -> byHead.transpose(1, 2, 0));
    }

    /** The rows of one head of a matrix [head * width, d_model]: a view [width, d_model]. */
    static NDArray rows(NDArray all, int head, long width) {
        return Ops.slice(all, 0, head * width, (head + 1) * width);
    }

    /** The columns of one head of a matrix [d_model, head * width]: a view [d_model, width]. */
    static NDArray columns(NDArray all, int head, long width) {
        return Ops.slice(all, 1, head * width, (head + 1) * width);
    }

    private NDArray byHead(WeightViews views, Linear linear, int heads) {
        long dModel = linear.weight().getShape().get(1);
        NDArray byHead = views.of(all -> all.reshape(heads, width, dModel));
        return views.of(all -> byHead.transpose(0, 2, 1));
    }

    @Override
    public void close() {
        query.close();
        key.close();
        value.close();
        out.close();
    }
}
