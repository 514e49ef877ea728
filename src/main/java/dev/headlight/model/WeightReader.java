package dev.headlight.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.headlight.tensor.Ops;
import java.util.function.ObjIntConsumer;
import org.jspecify.annotations.Nullable;

/** What is read off a model's weights: what each part of a run means for what comes behind it. */
public abstract class WeightReader {
    private final ModelInfo info;
    private final DataType dtype;

    /** @param dtype of the weights */
    protected WeightReader(ModelInfo info, DataType dtype) {
        this.info = info;
        this.dtype = dtype;
    }

    /** Whether a logit, before any soft cap, is linear in what the final norm reads but for that norm's scale. */
    public abstract boolean readsLinearly();

    /**
     * What each part of a run adds to a logit at the positions that were read of it.
     *
     * @param foil token whose logit is subtracted; null for none
     */
    public abstract Shares shares(StreamReader run, int answer, @Nullable Integer foil);

    /**
     * What a head writes to the logits where it reads a token: W_E W_V W_O W_U, without biases, norms behind the head
     * without their scale.
     *
     * @param ids int64 (token)
     * @return (token, vocab), float32
     */
    public final NDArray ov(int layer, int head, NDArray ids) {
        return Ops.cast(ovCircuit(layer, head, ids), DataType.FLOAT32);
    }

    protected abstract NDArray ovCircuit(int layer, int head, NDArray ids);

    /**
     * How a head scores each token as a key where a token is the query: W_E W_Qᵀ W_K W_Eᵀ, scaled, without biases, positions
     * and soft cap.
     *
     * @param ids int64 (token)
     * @return (token, vocab), float32
     */
    public final NDArray qk(int layer, int head, NDArray ids) {
        return Ops.cast(qkCircuit(layer, head, ids), DataType.FLOAT32);
    }

    protected abstract NDArray qkCircuit(int layer, int head, NDArray ids);

    /**
     * The OV circuit of each head: a matrix of the head's own width that has the eigenvalues, but for zeros and one positive
     * factor, of the map from the token that the head reads to the logits that it writes.
     *
     * @param memory owns the matrices, which are closed after use
     * @param reader gets those of each layer in order (head, d_head, d_head), float64
     */
    public abstract void ovCircuits(NDManager memory, ObjIntConsumer<NDArray> reader);

    /** Whether the residual stream is the sum of what is written to it: it is not where it is normalised itself. */
    public abstract boolean streamIsASum();

    /** How many inputs a layer's attention has, were each to read another: its heads' queries, then its kv heads' keys, then their values. */
    public final int slots() {
        return info.nHeads() + 2 * info.nKvHeads();
    }

    /**
     * Queries, keys and values of which each reads a residual stream of its own.
     *
     * @param slots (batch, position, slot, d_model), in the order of {@link #slots}
     * @return float32
     */
    public final Projections project(int layer, NDArray slots) {
        return projected(layer, Ops.cast(slots, dtype)).wide();
    }

    protected abstract Projections projected(int layer, NDArray slots);

    /**
     * The gradient of the residual stream by who reads it: through each query, key and value alone.
     *
     * @param residPre what the block received (batch, position, d_model)
     * @param gradients those at its {@code q}, {@code k} and {@code v}
     * @return (batch, position, slot, d_model), float32; the thread computes without gradients from then on
     */
    public final NDArray readingGradients(int layer, NDArray residPre, Projections gradients) {
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
     * What each head adds to the residual stream, with an equal part of the bias. Where the sum is normalised before it
     * joins the stream, a head's part of that, at the scale that the sum has: the heads sum to {@code attn_out} all the
     * same, but for a bias of that norm.
     *
     * @param z (batch, position, head, d_head), float32
     * @return (batch, position, head, d_model), float32
     */
    public final NDArray headOutputs(int layer, NDArray z) {
        return headsWrite(layer, z);
    }

    protected abstract NDArray headsWrite(int layer, NDArray z);
    /**
     * The norm of each head's output for each key, were it attended to wholly: ‖v W_O‖₂.
     *
     * @param v the values of one layer, (batch, position, kv head, d_head)
     * @return (batch, position, head)
     */
    public abstract NDArray valueNorms(int layer, NDArray v);
}
