package dev.headlight.model.text;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.huggingface.tokenizers.jni.CharSpan;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.headlight.model.checkpoint.StrictJson;
import dev.headlight.model.fault.ModelRefused;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.IntConsumer;

/**
 * A checkpoint's {@code tokenizer.json}, run by Hugging Face's own library. Never truncates and never pads.
 *
 * @see <a href="https://huggingface.co/docs/tokenizers">Hugging Face, Tokenizers</a>
 */
final class Tokenizer implements AutoCloseable {
    private static final Map<String, String> AS_IS = Map.of("truncation", "do_not_truncate", "padding", "do_not_pad");

    private static final long MOST_BYTES = 256 << 20;

    private final HuggingFaceTokenizer tokenizer;
    private final Vocabulary vocabulary;
    private final OptionalInt mask;
    private final TextBound bound;

    /**
     * Loads a tokenizer.
     *
     * @param file the {@code tokenizer.json}; {@link SpecialTokens} says how a {@code tokenizer_config.json} next to it
     *     counts
     * @throws ModelRefused if a file cannot be read
     */
    Tokenizer(Path file) {
        try {
            JsonObject parsed = StrictJson.read(file, MOST_BYTES);
            TokenizerCheck.require(parsed);
            vocabulary = new Vocabulary(parsed);
            SpecialTokens special = new SpecialTokens(file.resolveSibling("tokenizer_config.json"), vocabulary);
            mask = special.mask();
            JsonElement postProcessor = special.postProcessor();
            bound = new TextBound(parsed);
            if (postProcessor != null) {
                parsed.add("post_processor", postProcessor);
            }
            byte[] bytes = parsed.toString()
                    .getBytes(StandardCharsets.UTF_8); // not the file itself, which the library may parse differently
            tokenizer = HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(bytes), AS_IS);
        } catch (ModelRefused e) {
            throw e;
        } catch (IOException | RuntimeException | StackOverflowError e) { // the native library throws RuntimeException
            throw new ModelRefused("tokenizer.json cannot be read: " + e.getMessage(), e);
        }
    }

    /** The fewest tokens that a text has, special tokens not counted; found without encoding it. */
    long fewestTokens(String text) {
        return bound.fewestTokens(text);
    }

    /**
     * Encodes one text, with the tokenizer's own special tokens or without any.
     *
     * @param length called with the number of tokens; refuses it by an exception
     * @throws ModelRefused if the text has an unknown token and the file names no token for it
     */
    Encoded encode(String text, boolean addSpecialTokens, IntConsumer length) {
        Encoding encoding = encoding(text, addSpecialTokens);
        int[] ids = Arrays.stream(encoding.getIds()).mapToInt(Tokenizer::id).toArray();
        length.accept(ids.length); // before anything is made of them
        long[] special = encoding.getSpecialTokenMask();
        CharSpan[] spans = encoding.getCharTokenSpans();
        List<String> added = new ArrayList<>();
        List<int[]> offsets = new ArrayList<>();
        for (int i = 0; i < ids.length; i++) {
            if (special[i] == 1) {
                added.add(vocabulary.raw(ids[i]));
            }
            offsets.add(spans[i] == null ? new int[] {0, 0} : new int[] {spans[i].getStart(), spans[i].getEnd()});
        }
        return new Encoded(ids, vocabulary.texts(ids), raw(ids), offsets, added);
    }

    /** Checks the range, since a post-processor can add ids that are not in the vocabulary. */
    private static int id(long id) {
        if (id > Integer.MAX_VALUE) {
            throw new ModelRefused("tokenizer.json has a token with the id " + id);
        }
        return (int) id;
    }

    private Encoding encoding(String text, boolean addSpecialTokens) {
        try {
            return tokenizer.encode(text, addSpecialTokens, false);
        } catch (RuntimeException e) { // thrown by the native library
            throw new ModelRefused("tokenizer.json cannot encode the text: " + e.getMessage(), e);
        }
    }

    /** The tokens that are not special, with the special tokens that every text gets around them. */
    PlainTokens plainTokens() {
        Encoding one = encoding("a", true);
        long[] special = one.getSpecialTokenMask();
        int first = 0;
        while (first < special.length && special[first] == 1) {
            first++;
        }
        int last = special.length;
        while (last > first && special[last - 1] == 1) {
            last--;
        }
        int[] ids = Arrays.stream(one.getIds()).mapToInt(Tokenizer::id).toArray();
        return new PlainTokens(
                Arrays.copyOf(ids, first),
                vocabulary.plainTokens().toArray(),
                Arrays.copyOfRange(ids, last, ids.length));
    }

    /** Describes given token ids. */
    Encoded describe(int[] ids) {
        return new Encoded(ids, vocabulary.texts(ids), raw(ids), List.of(), List.of());
    }

    /** The text of a single token, with its leading space; bytes that are only part of a character are {@code <0xE6>}. */
    String token(int id) {
        return vocabulary.texts(id).get(0);
    }

    /**
     * The token that a text is encoded to, if it is a single one; otherwise the only token that is displayed as this
     * text.
     *
     * @param encoded the text without special tokens
     */
    OptionalInt find(String text, Encoded encoded) {
        int[] ids = encoded.ids();
        boolean found = ids.length == 1 && !vocabulary.isUnknown(ids[0]);
        return found ? OptionalInt.of(ids[0]) : vocabulary.find(text);
    }

    /** See {@link ModelText#withSpace}. */
    OptionalInt withSpace(int id) {
        String text = token(id);
        boolean hasSpace = text.isEmpty() || Character.isWhitespace(text.codePointAt(0)) || vocabulary.isAdded(id);
        return hasSpace ? OptionalInt.empty() : vocabulary.find(" " + text);
    }

    /** See {@link ModelText#maskToken}. */
    OptionalInt maskToken() {
        return mask;
    }

    /** See {@link ModelText#isAdded}. */
    boolean isAdded(int id) {
        return vocabulary.isAdded(id);
    }

    private List<String> raw(int[] ids) {
        return Arrays.stream(ids).mapToObj(vocabulary::raw).toList();
    }

    @Override
    public void close() {
        tokenizer.close();
    }
}
