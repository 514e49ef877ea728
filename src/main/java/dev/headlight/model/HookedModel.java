package dev.headlight.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import dev.headlight.model.ModelPass.Part;
import dev.headlight.model.ModelPass.Step;
import dev.headlight.model.checkpoint.Checkpoint;
import dev.headlight.model.checkpoint.Torch;
import dev.headlight.model.hook.HookPoints;
import dev.headlight.model.hook.Hooks;
import dev.headlight.model.hook.KvCache;
import dev.headlight.model.hook.Site;
import dev.headlight.tensor.Ops;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A loaded model with its forward pass, whose values all pass through {@link Hooks}. All requests share its weights,
 * which never change.
 *
 * <p>Each step of a forward pass has a public method, and a protected one of the same name with
 * {@code InModelDtype}, which a subclass implements: it computes in {@link #dtype}, and its hooks are
 * {@linkplain Hooks#cast() cast} already, so that they see float32 in a model of any dtype. Logits are float32; the
 * residual stream between two steps has the model's dtype.
 */
public abstract class HookedModel extends LoadedModel {
    private final PassRunner passes;
    private final DataType dtype;

    /**
     * The inputs from which every model is built.
     *
     * @param id the name that requests use for the model
     * @param weights owns the weights
     * @param dtype of the weights and of every value in a forward pass
     */
    public record Origin(
            String id, ModelInfo info, Checkpoint checkpoint, Torch torch, NDManager weights, DataType dtype) {}

    /** For subclasses, which build their parts from weights that {@link Origin#weights} owns. */
    protected HookedModel(Origin origin) {
        super(origin);
        this.passes = new PassRunner(this, origin.torch().scheduler());
        this.dtype = origin.dtype();
    }

    /**
     * Runs the whole model.
     *
     * @param ids int64 [batch, position], all rows of one length
     * @return logits [batch, position, vocab], float32
     */
    public final NDArray forward(NDArray ids, Hooks hooks) {
        return wide(passes.run(
                Part.WHOLE.step(),
                ids,
                hooks,
                (x, cast) -> unembedInModelDtype(runBlocksInModelDtype(x, cast, null), cast)));
    }

    /**
     * Runs the embedding and all blocks.
     *
     * @param ids int64 [batch, position], all rows of one length
     * @param cache receives the keys and values of every block; null if they are not needed
     * @return the residual stream after the last block [batch, position, d_model], in the model's dtype
     */
    public final NDArray runBlocks(NDArray ids, Hooks hooks, @Nullable KvCache cache) {
        boolean joins = cache == null;
        return passes.run(Part.BLOCKS.from(0, joins), ids, hooks, (x, cast) -> runBlocksInModelDtype(x, cast, cache));
    }

    /** Runs the embedding and all blocks in the model's dtype: int64 [batch, position] to [batch, position, d_model]. */
    protected abstract NDArray runBlocksInModelDtype(NDArray ids, Hooks hooks, @Nullable KvCache cache);

    /**
     * Runs the blocks from a layer on, for the positions from a given one on.
     *
     * @param layer the first block that runs; the number of layers if none should run
     * @param resid the residual stream that this block receives at these positions [batch, position, d_model]
     * @param before the cached run of the earlier positions, in a causal model; null if {@code resid} has all positions
     * @return the residual stream after the last block at these positions [batch, position, d_model], in the model's
     *     dtype. If {@code resid} comes from a run and has all its positions, the result is bit for bit that of the run
     */
    public final NDArray runBlocks(int layer, NDArray resid, Hooks hooks, KvCache.@Nullable Before before) {
        if (before != null && before.positions() > 0 && !info().causal()) {
            throw new IllegalStateException(id() + " attends to later positions too");
        }
        NDArray x = forHooks(resid, hooks);
        Step step = Part.LATER_BLOCKS.from(layer, before == null);
        return passes.run(step, x, hooks, (from, cast) -> runBlocksInModelDtype(layer, from, cast, before));
    }

    /** Runs the blocks from a layer on in the model's dtype: [batch, position, d_model] to the same. */
    protected abstract NDArray runBlocksInModelDtype(
            int layer, NDArray resid, Hooks hooks, KvCache.@Nullable Before before);

    /**
     * Applies the final norm and the unembedding.
     *
     * @param resid the residual stream after the last block, at any positions [batch, position, d_model]
     * @return logits [batch, position, vocab], float32
     */
    public final NDArray unembed(NDArray resid, Hooks hooks) {
        return wide(passes.run(Part.UNEMBEDDING.step(), forHooks(resid, hooks), hooks, this::unembedInModelDtype));
    }

    /** Does the work of {@link #unembed} in the model's dtype: [batch, position, d_model] to [batch, position, vocab]. */
    protected abstract NDArray unembedInModelDtype(NDArray resid, Hooks hooks);

    /**
     * Logits of chosen positions. Only these are unembedded, unless the hooks {@linkplain Hooks#needsWholeUnembedding()
     * need all}.
     *
     * @param resid the residual stream after the last block [batch, position, d_model]
     * @param positions indices of {@code resid}, in the order of the result
     * @return [batch, chosen position, vocab], float32
     */
    public final NDArray unembedAt(NDArray resid, int[] positions, Hooks hooks) {
        return hooks.needsWholeUnembedding()
                ? Ops.select(unembed(resid, hooks), 1, positions)
                : unembed(Ops.select(resid, 1, positions), hooks);
    }

    /**
     * Logits of one position, as {@link #unembedAt(NDArray, int[], Hooks)}, without a copy of the stream.
     *
     * @param resid the residual stream after the last block [batch, position, d_model]
     * @param position index of {@code resid}
     * @return [batch, 1, vocab], float32
     */
    public final NDArray unembedAt(NDArray resid, int position, Hooks hooks) {
        return hooks.needsWholeUnembedding()
                ? Ops.slice(unembed(resid, hooks), 1, position, position + 1)
                : unembed(Ops.slice(resid, 1, position, position + 1), hooks);
    }

    /**
     * The logit lens: applies the final norm and the unembedding to the residual stream of any layer.
     *
     * @param resid [.., d_model], at least three axes
     * @param normalise whether the final norm is applied, if the model has one
     * @return logits [.., vocab], float32
     * @see <a href="https://www.lesswrong.com/posts/AcKRB8wDpdaN6v6ru">nostalgebraist, 2020, the logit lens</a>
     */
    public final NDArray lens(NDArray resid, boolean normalise) {
        NDArray x = resid.toType(dtype, false);
        return wide(section(x, () -> lensInModelDtype(x, normalise)));
    }

    /** Does the work of {@link #lens} in the model's dtype: [.., d_model] to [.., vocab]. */
    protected abstract NDArray lensInModelDtype(NDArray resid, boolean normalise);

    private static NDArray wide(NDArray logits) {
        if (logits.getDataType() == DataType.FLOAT32) {
            return logits;
        }
        try (logits) { // safe to free: hooks got float32 copies
            return Ops.cast(logits, DataType.FLOAT32);
        }
    }

    /**
     * Runs the model from a block on, without computing what comes before it.
     *
     * @param layer the first block that runs; the number of layers if none should run
     * @param resid the {@code resid_post} of the block before [batch, position, d_model]
     * @return logits [batch, position, vocab], float32; bit for bit those of {@link #forward} if {@code resid} comes
     *     from it
     */
    public final NDArray resume(int layer, NDArray resid, Hooks hooks) {
        return unembed(runBlocks(layer, resid, hooks, null), hooks);
    }

    /**
     * Runs the model only as far as the last hook point that the hooks want.
     *
     * @param ids int64 [batch, position], all rows of one length
     */
    public final void forwardTo(NDArray ids, Hooks hooks) {
        passes.run(Part.READ.step(), ids, hooks, (x, cast) -> {
            forwardToInModelDtype(x, cast);
            return x;
        });
    }

    /** Does the work of {@link #forwardTo} in the model's dtype: {@code ids} are int64 [batch, position]. */
    protected abstract void forwardToInModelDtype(NDArray ids, Hooks hooks);

    /** A residual stream [batch, position, d_model] in the model's dtype, through which gradients flow if hooks want it. */
    private NDArray forHooks(NDArray resid, Hooks hooks) {
        Ops.differentiate(hooks.differentiates(), resid);
        return Ops.cast(resid, dtype);
    }

    /** Number of forward passes so far, including partial ones. */
    public long forwards() {
        return passes.clock().passes();
    }

    /** Time spent in forward passes so far, in ns. */
    public long forwardNanos() {
        return passes.clock().nanos();
    }

    /** The hook points that this model has. */
    public abstract HookPoints hookPoints();

    /**
     * Recomputes the residual stream of a block from its input and the outputs of its attention and MLP.
     *
     * @param pre {@code resid_pre} [batch, position, d_model]; {@code attn_out} and {@code mlp_out} have the same shape
     * @return {@code resid_mid}, if the block has it, and {@code resid_post}, each [batch, position, d_model], float32
     */
    public final Map<Site, NDArray> rejoin(int layer, NDArray pre, NDArray attnOut, NDArray mlpOut) {
        Map<Site, NDArray> joined = new EnumMap<>(rejoinInModelDtype(
                layer, pre.toType(dtype, false), attnOut.toType(dtype, false), mlpOut.toType(dtype, false)));
        joined.replaceAll((site, value) -> value.toType(DataType.FLOAT32, false));
        return joined;
    }

    /** Does the work of {@link #rejoin} in the model's dtype: each [batch, position, d_model]. */
    protected abstract Map<Site, NDArray> rejoinInModelDtype(int layer, NDArray pre, NDArray attnOut, NDArray mlpOut);

    /** Peak memory of a forward pass of one input of this length, in bytes, without the weights and captured values. */
    public final long bytes(int positions) {
        return passes.cost(positions).bytes();
    }

    /** Floating-point operations of a forward pass of one input of this length. */
    public final double flops(int positions) {
        return passes.cost(positions).flops();
    }

    /** The number of keys that a query of a layer may attend to, in an input of this length. */
    public abstract int keys(int layer, int query, int length);

    /** Analyses that read the model's weights. */
    public abstract WeightAnalyses weightAnalyses();
}
