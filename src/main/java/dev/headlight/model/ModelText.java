package dev.headlight.model;

import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** What a model makes of texts and conversations, and of tokens as text. */
public final class ModelText implements AutoCloseable {
    private final String id;
    private final int vocabulary;
    private final @Nullable Tokenizer tokenizer;
    private final ChatTemplate chatTemplate;
    private final LongAdder encodings = new LongAdder();
    private final LongAdder renderings = new LongAdder();

    ModelText(String id, int vocabulary, Checkpoint checkpoint) {
        this.id = id;
        this.vocabulary = vocabulary;
        this.tokenizer = checkpoint.hasTokenizer() ? new Tokenizer(checkpoint.tokenizerFile()) : null;
        this.chatTemplate = new ChatTemplate(checkpoint.folder());
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
        renderings.increment();
        String text = chatTemplate.render(field, id, conversation, now);
        return encode(field, encoder, text, false).rendered(text);
    }

    private Encoded encode(String field, Tokenizer encoder, String text, boolean addSpecialTokens) {
        encodings.increment();
        try {
            return encoder.encode(text, addSpecialTokens);
        } catch (ModelRefused e) {
            throw new BadSelection(field, "cannot be encoded: " + e.getMessage());
        }
    }

    /** How many texts were tokenised so far. */
    public long encodings() {
        return encodings.sum();
    }

    /** How many conversations were rendered by the chat template so far. */
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

    /**
     * The id of the token that a text is; empty where it is none, or where there is no tokenizer.
     *
     * @param encoded the text without special tokens
     */
    public OptionalInt find(String text, Encoded encoded) {
        return tokenizer == null ? OptionalInt.empty() : tokenizer.find(text, encoded);
    }

    /** One token as text. */
    public String token(int id) {
        return tokenizer == null ? String.valueOf(id) : tokenizer.token(id);
    }

    /** The tokens that texts are made of; all of them where there is no tokenizer. */
    public final Ordinary ordinary() {
        Ordinary all = tokenizer == null
                ? new Ordinary(new int[0], IntStream.range(0, vocabulary).toArray(), new int[0])
                : tokenizer.ordinary();
        int[] known = Arrays.stream(all.tokens()).filter(id -> id < vocabulary).toArray();
        return new Ordinary(all.before(), known, all.after());
    }

    @Override
    public void close() {
        if (tokenizer != null) {
            tokenizer.close();
        }
    }
}
