package dev.headlight.model.text;

import dev.headlight.model.checkpoint.Checkpoint;
import dev.headlight.model.fault.BadSelection;
import dev.headlight.model.fault.ModelRefused;
import dev.headlight.model.schedule.PassScheduler;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Turns texts and conversations into token ids, and token ids into text, for one model. */
public final class ModelText implements AutoCloseable {
    /** Refuses texts that have too many tokens. */
    public interface Length {
        /**
         * Throws an exception if there are too many.
         *
         * @param exact whether this is their number; otherwise there may be more
         */
        void require(long tokens, boolean exact);
    }

    /** Reserves memory of the service for a long text. */
    public interface Memory {
        /**
         * Reserves memory until it is closed.
         *
         * @param field path of the text in the request
         */
        Reserved take(String field, long bytes);
    }

    /** Memory that is free again once this is closed. */
    public interface Reserved extends AutoCloseable {
        @Override
        void close();
    }

    private static final int LONG = 1 << 14; // characters; fewer are encoded in milliseconds
    private static final long BYTES_PER_CHARACTER =
            400; // of the tokenizer and of what is read from it, if most are tokens

    private final String id;
    private final int vocabulary;
    private final @Nullable Tokenizer tokenizer;
    private final ChatTemplate chatTemplate;
    private final PassScheduler scheduler;
    private volatile @Nullable Memory memory;
    private final LongAdder encodings = new LongAdder();
    private final LongAdder renderings = new LongAdder();

    /**
     * Loads the tokenizer and the chat template of a model.
     *
     * @param id of the model, for messages
     * @param vocabulary number of token ids that the model has
     * @param scheduler encodes long texts, so that only as many as there are workers are encoded at once
     * @throws ModelRefused if there is a tokenizer that cannot be read
     */
    public ModelText(String id, int vocabulary, Checkpoint checkpoint, PassScheduler scheduler) {
        this.scheduler = scheduler;
        this.id = id;
        this.vocabulary = vocabulary;
        this.tokenizer = checkpoint.hasTokenizer() ? new Tokenizer(checkpoint.tokenizerFile()) : null;
        this.chatTemplate = new ChatTemplate(checkpoint.folder());
    }

    /** Whether the model has a tokenizer; without one it takes token ids only. */
    public boolean hasTokenizer() {
        return tokenizer != null;
    }

    /** Lets long texts reserve their memory from now on. */
    public void reserveFrom(Memory budget) {
        memory = budget;
    }

    /**
     * Encodes a text.
     *
     * @param field path of the text in the request
     * @param addSpecialTokens whether the tokenizer adds its own special tokens, such as BOS
     * @param length asked before the text is encoded, and again when its tokens have been counted
     * @throws BadSelection if the model has no tokenizer, if the tokenizer fails, or if the text has an unpaired
     *     surrogate
     */
    public Encoded encode(String field, String text, boolean addSpecialTokens, Length length) {
        Tokenizer encoder = tokenizer(field, "text");
        requireCharacters(field, text);
        return encode(field, encoder, text, addSpecialTokens, length);
    }

    /**
     * Renders a conversation with the model's chat template and encodes the text. The template writes the special tokens.
     *
     * @param field path of the conversation in the request
     * @param length asked as for a text
     * @throws BadSelection if the model has no tokenizer or no template, or if the template does not render it
     */
    public Encoded encode(String field, Conversation conversation, Length length) {
        Tokenizer encoder = tokenizer(field, "a conversation");
        length.require(TextBound.fewestTokens(conversation.length()), false);
        for (int i = 0; i < conversation.messages().size(); i++) {
            String path = field + ".messages[" + i + "].";
            requireCharacters(path + "role", conversation.messages().get(i).role());
            requireCharacters(path + "content", conversation.messages().get(i).content());
        }
        LocalDateTime now = LocalDateTime.now(ZoneId.systemDefault());
        renderings.increment();
        String text = onWorker(conversation.length(), () -> chatTemplate.render(field, id, conversation, now));
        return encode(field, encoder, text, false, length).rendered(text);
    }

    @SuppressWarnings("try") // the resource only ends with the block
    private Encoded encode(String field, Tokenizer encoder, String text, boolean addSpecialTokens, Length length) {
        length.require(encoder.fewestTokens(text), false);
        encodings.increment();
        try (Reserved reserved = reserved(field, text.length())) {
            return onWorker(
                    text.length(), () -> encoder.encode(text, addSpecialTokens, count -> length.require(count, true)));
        } catch (ModelRefused e) {
            throw new BadSelection(field, "cannot be encoded: " + e.getMessage());
        }
    }

    private <R> R onWorker(long characters, Supplier<R> work) {
        return characters < LONG ? work.get() : scheduler.run(work);
    }

    private Reserved reserved(String field, long characters) {
        Memory budget = memory;
        return characters < LONG || budget == null ? () -> {} : budget.take(field, characters * BYTES_PER_CHARACTER);
    }

    /** Number of texts that were encoded so far. */
    public long encodings() {
        return encodings.sum();
    }

    /** Number of conversations that were rendered with the chat template so far. */
    public long renderings() {
        return renderings.sum();
    }

    private Tokenizer tokenizer(String field, String what) {
        if (tokenizer == null) {
            throw new BadSelection(
                    field,
                    "is " + what + ", but model " + id + " has no tokenizer: give token ids in 0.." + (vocabulary - 1));
        }
        return tokenizer;
    }

    private static void requireCharacters(String field, String text) {
        if (text.codePoints().anyMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE)) {
            throw new BadSelection(field, "holds an unpaired surrogate, which is not a character");
        }
    }

    /** Describes given token ids. Without a tokenizer, the tokens are the ids as text. */
    public Encoded describe(int[] ids) {
        if (tokenizer != null) {
            return tokenizer.describe(ids);
        }
        List<String> names = Arrays.stream(ids).mapToObj(String::valueOf).toList();
        return new Encoded(ids, names, names, List.of(), List.of());
    }

    /**
     * The id of the single token that a text is; empty if it is not one token, or if there is no tokenizer.
     *
     * @param encoded the text without special tokens
     */
    public OptionalInt find(String text, Encoded encoded) {
        return tokenizer == null ? OptionalInt.empty() : tokenizer.find(text, encoded);
    }

    /**
     * The token whose text is that of another with a space before it; empty if that one begins with white space itself, or
     * if there is no such token.
     */
    public OptionalInt withSpace(int id) {
        return tokenizer == null ? OptionalInt.empty() : tokenizer.withSpace(id);
    }

    /** The token that stands for a hidden one in masked language models; empty if the files name none. */
    public OptionalInt maskToken() {
        return tokenizer == null ? OptionalInt.empty() : tokenizer.maskToken();
    }

    /** Whether a token is an added one, such as BOS, and not made from text. */
    public boolean isAdded(int id) {
        return tokenizer != null && tokenizer.isAdded(id);
    }

    /** The text of one token; without a tokenizer, its id. */
    public String token(int id) {
        return tokenizer == null ? String.valueOf(id) : tokenizer.token(id);
    }

    /** The tokens that are not special, restricted to the model's vocabulary; all tokens if there is no tokenizer. */
    public final PlainTokens plainTokens() {
        PlainTokens all = tokenizer == null
                ? new PlainTokens(new int[0], IntStream.range(0, vocabulary).toArray(), new int[0])
                : tokenizer.plainTokens();
        int[] known = Arrays.stream(all.tokens()).filter(id -> id < vocabulary).toArray();
        return new PlainTokens(all.before(), known, all.after());
    }

    @Override
    public void close() {
        if (tokenizer != null) {
            tokenizer.close();
        }
    }
}
