package dev.headlight.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.headlight.model.checkpoint.Checkpoint;
import dev.headlight.model.checkpoint.Torch;
import dev.headlight.model.fault.BadSelection;
import dev.headlight.model.text.ModelText;
import dev.headlight.tensor.CostCounter;
import dev.headlight.tensor.MetaArray;
import java.nio.LongBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a model in memory has apart from its forward pass: name, sizes, files, tokenizer and weights. {@link HookedModel},
 * its only direct subclass, adds the forward pass; all other code uses that type.
 */
public abstract class LoadedModel implements AutoCloseable {
    private final String id;
    private final ModelInfo info;
    private final Checkpoint checkpoint;
    private final Torch torch;
    private final NDManager weights;
    private final DataType dtype;
    private final ModelText text;
    private final CompletableFuture<@Nullable String> sha256;

    LoadedModel(HookedModel.Origin origin) {
        this.id = origin.id();
        this.info = origin.info();
        this.checkpoint = origin.checkpoint();
        this.torch = origin.torch();
        this.weights = origin.weights();
        this.dtype = origin.dtype();
        this.text = new ModelText(
                id, info.vocabSize(), origin.checkpoint(), origin.torch().scheduler());
        this.sha256 = origin.checkpoint().sha256();
    }

    /** The name that requests use for this model. */
    public String id() {
        return id;
    }

    /** The model's sizes. */
    public ModelInfo info() {
        return info;
    }

    /** The model's tokenizer and chat template. */
    public final ModelText text() {
        return text;
    }

    /** The dtype that the model computes in, such as {@code float32}. */
    public String dtype() {
        return dtype.toString();
    }

    /**
     * Describes what produces the answers of this model.
     *
     * @param specialTokens the special tokens that the tokenizer added to the inputs
     */
    public Provenance provenance(List<String> specialTokens) {
        return new Provenance(
                id, sha256.getNow(null), dtype(), torch.deviceName(), "PyTorch", torch.version(), specialTokens);
    }

    /**
     * The tuned lens in the model's folder.
     *
     * @param field of the request that asks for it
     * @throws BadSelection if the folder has no tuned lens, or if its shape does not fit this model
     */
    public final TunedLens tunedLens(String field) {
        return TunedLens.in(checkpoint.folder(), field, this, torch);
    }

    /** Opens the memory for one request. The caller closes it. */
    public NDManager newManager() {
        return torch.newManager();
    }

    /**
     * Opens the memory of a dry run. Its arrays have shapes but no values, and the counter counts what real arrays
     * would take.
     */
    public NDManager newManager(CostCounter counter) {
        return torch.newManager(counter);
    }

    /**
     * Bytes of a second copy of weights, in a layout in which products are faster; see {@link #pack}.
     *
     * @param fewest weights of a layer that is copied
     * @return 0 if {@link Torch} packs no weights, or in a dtype without such a layout
     */
    public final long packedBytes(long fewest) {
        return dtype == DataType.FLOAT32 && torch.packsWeights() ? Float.BYTES * packableWeights(fewest) : 0;
    }

    /**
     * Makes the copy whose size is {@link #packedBytes}. Call it at most once, before the first forward pass.
     *
     * @param fewest weights of a layer that is copied
     */
    public final void pack(long fewest) {
        if (packedBytes(fewest) > 0) {
            packWeights(fewest);
        }
    }

    /** Number of weights in the layers with at least {@code fewest}. */
    protected abstract long packableWeights(long fewest);

    /** Packs the layers with at least {@code fewest} weights. */
    protected abstract void packWeights(long fewest);

    /**
     * Rows of token ids as an array.
     *
     * @param rows all of one length
     * @return int64 [row, position]
     */
    public static NDArray ids(NDManager manager, List<int[]> rows) {
        int positions = rows.get(0).length;
        LongBuffer buffer = LongBuffer.allocate(rows.size() * positions);
        rows.forEach(row -> Arrays.stream(row).forEach(buffer::put));
        return manager.create(buffer.array(), new Shape(rows.size(), positions));
    }

    /**
     * Runs work that must stay on one thread, such as a forward pass and its backward pass, or that is as heavy as a pass.
     *
     * @param like an array of the work [..]; a meta array makes it a dry run, which stays on this thread
     * @param work the scopes of this thread do not see its arrays: a manager owns them, or it frees them itself
     */
    public final <R> R section(NDArray like, Supplier<R> work) {
        return MetaArray.is(like) ? work.get() : torch.scheduler().run(work);
    }

    /** Frees the weights and the tokenizer. */
    @Override
    public void close() {
        text.close();
        weights.close();
    }
}
