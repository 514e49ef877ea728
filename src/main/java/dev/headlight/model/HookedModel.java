package dev.headlight.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.headlight.tensor.Ledger;
import dev.headlight.tensor.Ops;
import java.nio.LongBuffer;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.ObjIntConsumer;
import java.util.function.Supplier;
import java.util.stream.IntStream;
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
    private final @Nullable Tokenizer tokenizer;
    private final ChatTemplate chatTemplate;
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
        this.tokenizer = origin.checkpoint.hasTokenizer() ? new Tokenizer(origin.checkpoint.tokenizerFile()) : null;
        this.chatTemplate = new ChatTemplate(origin.checkpoint.folder());
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
        if (Ledger.has(input)) {
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
     * The norm of each head's output for each key, were it attended to wholly: ‖v W_O‖₂.
     *
     * @param v the values of one layer, (batch, position, kv head, d_head)
     * @return (batch, position, head)
     */
    public abstract NDArray valueNorms(int layer, NDArray v);

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

    public boolean hasTokenizer() {
        return tokenizer != null;
    }

    /** @throws BadSelection if the model has no tokenizer or has one that fails, or for text that is no sequence of characters */
    public Encoded encode(String field, String text, boolean addSpecialTokens) {
        Tokenizer encoder = tokenizer(field, "text");
        requireCharacters(field, text);
        return encode(field, encoder, text, addSpecialTokens);
    }

    /**
     * The text that the model's chat template makes of a conversation. The template writes the special tokens.
     *
     * @throws BadSelection if the model has no tokenizer or template, or if the template does not render it
     */
    public Encoded encode(String field, Conversation conversation) {
        Tokenizer encoder = tokenizer(field, "a conversation");
        for (int i = 0; i < conversation.messages().size(); i++) {
            String path = field + ".messages[" + i + "].";
            requireCharacters(path + "role", conversation.messages().get(i).role());
            requireCharacters(path + "content", conversation.messages().get(i).content());
        }
        LocalDateTime now = LocalDateTime.now(ZoneId.systemDefault());
        String text = chatTemplate.render(field, id, conversation, now);
        return encode(field, encoder, text, false).rendered(text);
    }

    private static Encoded encode(String field, Tokenizer encoder, String text, boolean addSpecialTokens) {
        try {
            return encoder.encode(text, addSpecialTokens);
        } catch (ModelRefused e) {
            throw new BadSelection(field, "cannot be encoded: " + e.getMessage());
        }
    }

    private Tokenizer tokenizer(String field, String what) {
        if (tokenizer == null) {
            throw new BadSelection(
                    field,
                    "is " + what + ", but model " + id + " has no tokenizer: give token ids in 0.."
                            + (info.vocabSize() - 1));
        }
        return tokenizer;
    }

    private static void requireCharacters(String field, String text) {
        if (text.codePoints().anyMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE)) {
            throw new BadSelection(field, "holds half a surrogate pair, which is no character");
        }
    }

    /** Ids that were given as such; without a tokenizer their tokens are the numbers. */
    public Encoded describe(int[] ids) {
        if (tokenizer != null) {
            return tokenizer.describe(ids);
        }
        List<String> names = Arrays.stream(ids).mapToObj(String::valueOf).toList();
        return new Encoded(ids, names, names, List.of(), List.of());
    }

    /** The id of the token that a text is; empty where it is none, or where there is no tokenizer. */
    public OptionalInt find(String text) {
        return tokenizer == null ? OptionalInt.empty() : tokenizer.find(text);
    }

    /** One token as text. */
    public String token(int id) {
        return tokenizer == null ? String.valueOf(id) : tokenizer.token(id);
    }

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
        return wide(ovCircuit(layer, head, ids));
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
        return wide(qkCircuit(layer, head, ids));
    }

    protected abstract NDArray qkCircuit(int layer, int head, NDArray ids);

    /** The tokens that texts are made of; all of them where there is no tokenizer. */
    public final Ordinary ordinary() {
        int vocabulary = info.vocabSize();
        Ordinary all = tokenizer == null
                ? new Ordinary(new int[0], IntStream.range(0, vocabulary).toArray(), new int[0])
                : tokenizer.ordinary();
        int[] known = Arrays.stream(all.tokens()).filter(id -> id < vocabulary).toArray();
        return new Ordinary(all.before(), known, all.after());
    }

    /**
     * The OV circuit of each head: a matrix of the head's own width that has the eigenvalues, but for zeros and one positive
     * factor, of the map from the token that the head reads to the logits that it writes.
     *
     * @param memory owns the matrices, which are closed after use
     * @param reader gets those of each layer in order (head, d_head, d_head), float64
     */
    public abstract void ovCircuits(NDManager memory, ObjIntConsumer<NDArray> reader);

    @Override
    public void close() {
        if (tokenizer != null) {
            tokenizer.close();
        }
        weights.close();
    }

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
}
