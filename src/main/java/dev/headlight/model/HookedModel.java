package dev.headlight.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.headlight.tensor.Ledger;
import dev.headlight.tensor.MetaArray;
import dev.headlight.tensor.Ops;
import java.nio.LongBuffer;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A loaded model whose every value passes through {@link Hooks}. Weights are shared by all requests and never change.
 *
 * <p>It may compute in float16; what goes in and comes out is float32 all the same.
 */
public abstract class HookedModel implements AutoCloseable {
    private static final int REMEMBERED = 1 << 14;

    private final String id;
    private final ModelInfo info;
    private final Checkpoint checkpoint;
    private final Torch torch;
    private final NDManager weights;
    private final DataType dtype;
    private final ModelText text;
    private final CompletableFuture<@Nullable String> sha256;
    private final Map<Integer, Long> bytes = new ConcurrentHashMap<>(); // of a pass, by length
    private final LongAdder forwards = new LongAdder();
    private final LongAdder forwardNanos = new LongAdder();

    /**
     * What every model is made with.
     *
     * @param weights owns them
     * @param dtype of the weights, and of every value on the way
     */
    public record Origin(
            String id, ModelInfo info, Checkpoint checkpoint, Torch torch, NDManager weights, DataType dtype) {}

    protected HookedModel(Origin origin) {
        this.id = origin.id;
        this.info = origin.info;
        this.checkpoint = origin.checkpoint;
        this.torch = origin.torch;
        this.weights = origin.weights;
        this.dtype = origin.dtype;
        this.text = new ModelText(id, info.vocabSize(), origin.checkpoint);
        this.sha256 = origin.checkpoint.sha256();
    }

    /**
     * Runs the model.
     *
     * @param ids int64 (batch, position), all rows of one length
     * @return logits (batch, position, vocab), float32
     */
    public final NDArray forward(NDArray ids, Hooks hooks) {
        return timed(ids, hooks, () -> wide(readOut(run(ids, hooks.cast(), null), hooks.cast())));
    }

    /**
     * Runs all blocks.
     *
     * @param ids int64 (batch, position), all rows of one length
     * @param past gets the keys and values of every block; null where nobody needs them
     * @return what the last block writes (batch, position, d_model), in the model's dtype
     */
    public final NDArray climb(NDArray ids, Hooks hooks, @Nullable Past past) {
        return timed(ids, hooks, () -> run(ids, hooks.cast(), past));
    }

    /**
     * Runs the blocks from one on, at the positions from one on.
     *
     * @param layer the first block that runs; the number of layers for none
     * @param resid what that block receives at these positions (batch, position, d_model)
     * @param before the run that these positions belong to, for a causal model; null where they are all of them
     * @return what the last block writes at these positions (batch, position, d_model), in the model's dtype; bit for bit
     *     that of the whole run where {@code resid} is its own and starts at the first position
     */
    public final NDArray climb(int layer, NDArray resid, Hooks hooks, Past.@Nullable Before before) {
        if (before != null && before.positions() > 0 && !info.causal()) {
            throw new IllegalStateException(id + " attends to later positions too");
        }
        return timed(resid, hooks, () -> runFrom(layer, Ops.cast(resid, dtype), hooks.cast(), before));
    }

    /**
     * Logits.
     *
     * @param resid what the last block wrote, at any positions (batch, position, d_model)
     * @return (batch, position, vocab), float32
     */
    public final NDArray unembed(NDArray resid, Hooks hooks) {
        Ops.differentiate(hooks.differentiates(), resid);
        return wide(readOut(Ops.cast(resid, dtype), hooks.cast()));
    }

    /**
     * What the unembedding reads off any residual stream, as if it were that of the last block.
     *
     * @param resid (…, d_model), at least three axes
     * @param normalise whether the final norm is applied, where there is one
     * @return logits (…, vocab), float32
     * @see <a href="https://www.lesswrong.com/posts/AcKRB8wDpdaN6v6ru">nostalgebraist, 2020, the logit lens</a>
     */
    public final NDArray lens(NDArray resid, boolean normalise) {
        return wide(read(resid.toType(dtype, false), normalise));
    }

    private static NDArray wide(NDArray logits) {
        if (logits.getDataType() == DataType.FLOAT32) {
            return logits;
        }
        try (logits) { // which nobody has seen: hooks get copies in float32
            return Ops.cast(logits, DataType.FLOAT32);
        }
    }

    protected abstract NDArray run(NDArray ids, Hooks hooks, @Nullable Past past);

    protected abstract NDArray readOut(NDArray resid, Hooks hooks);

    protected abstract NDArray read(NDArray resid, boolean normalise);

    /**
     * Runs the model from a block on; what is below it is not computed again.
     *
     * @param layer the first block that runs; the number of layers for none
     * @param resid what that block receives, the {@code resid_post} of the one before (batch, position, d_model)
     * @return logits (batch, position, vocab), float32, bit for bit those of {@link #forward} where {@code resid} is its own
     */
    public final NDArray resume(int layer, NDArray resid, Hooks hooks) {
        return unembed(climb(layer, resid, hooks, null), hooks);
    }

    protected abstract NDArray runFrom(int layer, NDArray resid, Hooks hooks, Past.@Nullable Before before);

    /** Runs the model only as far as the hook points that {@code hooks} wants. */
    public final void forwardTo(NDArray ids, Hooks hooks) {
        timed(ids, hooks, () -> {
            runTo(ids, hooks.cast());
            return ids;
        });
    }

    protected abstract void runTo(NDArray ids, Hooks hooks);

    private NDArray timed(NDArray input, Hooks hooks, Supplier<NDArray> pass) {
        Ops.differentiate(hooks.differentiates(), input);
        if (MetaArray.is(input)) {
            return pass.get(); // played through only
        }
        long start = System.nanoTime();
        try {
            return pass.get();
        } finally {
            forwardNanos.add(System.nanoTime() - start);
            forwards.increment();
        }
    }

    /** Forward passes that were run, whole or in part. */
    public long forwards() {
        return forwards.sum();
    }

    /** Time spent in them, in ns. */
    public long forwardNanos() {
        return forwardNanos.sum();
    }

    public abstract HookPoints hookPoints();

    /**
     * The residual stream of a block as it must be, by what the block received and its layers wrote.
     *
     * @param pre {@code resid_pre} (batch, position, d_model); so are {@code attn_out} and {@code mlp_out}
     * @return {@code resid_mid}, where the model has it, and {@code resid_post}
     */
    public final Map<Site, NDArray> rejoin(int layer, NDArray pre, NDArray attnOut, NDArray mlpOut) {
        Map<Site, NDArray> joined = new EnumMap<>(
                joined(layer, pre.toType(dtype, false), attnOut.toType(dtype, false), mlpOut.toType(dtype, false)));
        joined.replaceAll((site, value) -> value.toType(DataType.FLOAT32, false));
        return joined;
    }

    protected abstract Map<Site, NDArray> joined(int layer, NDArray pre, NDArray attnOut, NDArray mlpOut);

    /** Most bytes that the forward pass of one input of this length holds at once, beside the weights and what is captured. */
    public final long bytes(int positions) {
        return positions > REMEMBERED ? played(positions) : bytes.computeIfAbsent(positions, this::played);
    }

    private long played(int positions) {
        Ledger ledger = new Ledger();
        try (NDManager paper = newManager(ledger)) {
            forward(ids(paper, List.of(new int[positions])), new Capture(List.of()));
        }
        return ledger.peak();
    }

    /** Memory on paper in place of {@link #newManager()}. */
    public NDManager newManager(Ledger ledger) {
        return torch.newManager(ledger);
    }

    /** How many keys a query of a layer may attend to, in an input of this length. */
    public abstract int keys(int layer, int query, int length);

    /** Memory for one request, closed by the caller. */
    public NDManager newManager() {
        return torch.newManager();
    }

    /**
     * Rows of token ids.
     *
     * @param rows all of one length
     * @return int64 (row, position)
     */
    public static NDArray ids(NDManager manager, List<int[]> rows) {
        int positions = rows.get(0).length;
        LongBuffer buffer = LongBuffer.allocate(rows.size() * positions);
        rows.forEach(row -> Arrays.stream(row).forEach(buffer::put));
        return manager.create(buffer.array(), new Shape(rows.size(), positions));
    }

    public String id() {
        return id;
    }

    public ModelInfo info() {
        return info;
    }

    /** What it makes of texts. */
    public final ModelText text() {
        return text;
    }

    /** What is read off its weights. */
    public abstract WeightReader weightReader();

    /** What it computes in. */
    public String dtype() {
        return dtype.toString();
    }

    public Provenance provenance(List<String> specialTokens) {
        return new Provenance(
                id, sha256.getNow(null), dtype(), torch.deviceName(), "PyTorch", torch.version(), specialTokens);
    }

    /**
     * The tuned-lens translators in the model's folder.
     *
     * @param field of the request that asks for them
     * @throws BadSelection if there are none, or others than of this model's shape
     */
    public final TunedLens tunedLens(String field) {
        return TunedLens.in(checkpoint.folder(), field, this, torch);
    }

    @Override
    public void close() {
        text.close();
        weights.close();
    }
}
