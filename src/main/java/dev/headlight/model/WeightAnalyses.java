package dev.headlight.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.headlight.model.hook.ResidualRecorder;
import dev.headlight.tensor.Ops;
import java.util.function.ObjIntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Analyses of a model's weights: logit contributions, OV and QK circuits, the outputs of heads.
 *
 * <p>A protected method {@code …InModelDtype} does the work of the public method of the same name in the model's dtype.
 */
public abstract class WeightAnalyses {
    private final ModelInfo info;
    private final DataType dtype;

    /**
     * Analyses of a model of these sizes.
     *
     * @param dtype of the weights
     */
    protected WeightAnalyses(ModelInfo info, DataType dtype) {
        this.info = info;
        this.dtype = dtype;
    }

    /**
     * Whether a logit, before any soft cap, is linear in the residual stream after the last block, if the scale of the
     * final norm is frozen. It is not in masked language models, which have a non-linear layer there.
     */
    public abstract boolean readsLinearly();

    /**
     * Computes the contribution of each part of a run to a logit (direct logit attribution).
     *
     * @param run records the chosen positions
     * @param answer token whose logit is attributed
     * @param foil token whose logit is subtracted; null for none
     * @return [batch, recorded position, ..], float64
     * @see <a href="https://transformer-circuits.pub/2021/framework/index.html">Elhage et al., 2021</a>
     */
    public abstract LogitContributions logitContributions(ResidualRecorder run, int answer, @Nullable Integer foil);

    /**
     * The OV circuit of a head: what it adds to each logit if it attends to a token, W_E W_V W_O W_U. Biases are left
     * out, and norms after the head have scale 1.
     *
     * @param ids int64 [token]
     * @return [token, vocab], float32
     * @see <a href="https://transformer-circuits.pub/2021/framework/index.html">Elhage et al., 2021</a>
     */
    public final NDArray ov(int layer, int head, NDArray ids) {
        return Ops.cast(ovInModelDtype(layer, head, ids), DataType.FLOAT32);
    }

    /** Does the work of {@link #ov} in the model's dtype: int64 [token] to [token, vocab]. */
    protected abstract NDArray ovInModelDtype(int layer, int head, NDArray ids);

    /**
     * The QK circuit of a head: the score of each token as a key if a token is the query, W_E W_Qᵀ W_K W_Eᵀ, scaled.
     * Biases, positions and the soft cap are left out.
     *
     * @param ids int64 [token]
     * @return [token, vocab], float32
     * @see <a href="https://transformer-circuits.pub/2021/framework/index.html">Elhage et al., 2021</a>
     */
    public final NDArray qk(int layer, int head, NDArray ids) {
        return Ops.cast(qkInModelDtype(layer, head, ids), DataType.FLOAT32);
    }

    /** Does the work of {@link #qk} in the model's dtype: int64 [token] to [token, vocab]. */
    protected abstract NDArray qkInModelDtype(int layer, int head, NDArray ids);

    /**
     * The OV circuit of every head as a matrix of the head's own width. Except zeros and one positive factor, it has the
     * eigenvalues of the map from the token that the head attends to, to the logits that it writes.
     *
     * @param memory owns the matrices, which are closed after the reader returns
     * @param reader gets the matrices of each layer in order [head, d_head, d_head], float64, and the layer
     */
    public abstract void ovCircuits(NDManager memory, ObjIntConsumer<NDArray> reader);

    /**
     * Whether the residual stream is the sum of what blocks write to it. In post-norm models, which normalise it, it is
     * not.
     */
    public abstract boolean streamIsASum();

    /** Number of attention inputs of a layer: one per query head, then one per kv head for keys, then for values. */
    public final int slots() {
        return info.nHeads() + 2 * info.nKvHeads();
    }

    /**
     * Queries, keys and values if each attention input reads a different residual stream.
     *
     * @param slots [batch, position, slot, d_model], in the order of {@link #slots}
     * @return q [batch, position, head, d_head], k and v [batch, position, kv_head, d_head], float32
     */
    public final Qkv project(int layer, NDArray slots) {
        return projectInModelDtype(layer, Ops.cast(slots, dtype)).wide();
    }

    /** Does the work of {@link #project} in the model's dtype: [batch, position, slot, d_model] to the same shapes. */
    protected abstract Qkv projectInModelDtype(int layer, NDArray slots);

    /**
     * The gradient with respect to each attention input alone, by the chain rule from those at {@code q}, {@code k} and
     * {@code v}. The thread computes without gradients afterwards.
     *
     * @param residPre the input of the block [batch, position, d_model]
     * @param gradients at {@code q} [batch, position, head, d_head], {@code k} and {@code v} [batch, position, kv_head,
     *     d_head]
     * @return [batch, position, slot, d_model], float32
     */
    public final NDArray readingGradients(int layer, NDArray residPre, Qkv gradients) {
        Shape shape = residPre.getShape();
        Ops.differentiate(true, residPre);
        NDArray stream = Ops.constant(residPre).expandDims(2);
        NDArray each = Ops.expand(stream, new Shape(shape.get(0), shape.get(1), slots(), shape.get(2)));
        NDArray leaf = Ops.leaf(each);
        Ops.backward(project(layer, each.add(leaf)).dot(gradients));
        Ops.differentiate(false, residPre);
        return Ops.gradient(leaf);
    }

    /**
     * The output of each head as it is added to the residual stream, with an equal part of the bias. If a norm follows
     * attention, this is the head's part of the normalised sum, at the scale of the whole sum. The heads sum to {@code
     * attn_out}, except the bias of that norm.
     *
     * @param z [batch, position, head, d_head], float32
     * @return [batch, position, head, d_model], float32
     */
    public abstract NDArray headOutputs(int layer, NDArray z);

    /**
     * The norm of the output of each head if it attended to a single key: ‖v W_O‖₂.
     *
     * @param v the values of one layer [batch, position, kv_head, d_head]
     * @return [batch, position, head]
     * @see <a href="https://arxiv.org/abs/2004.10102">Kobayashi et al., 2020</a>
     */
    public abstract NDArray valueNorms(int layer, NDArray v);
}
