package dev.headlight.model;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.huggingface.tokenizers.jni.CharSpan;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A checkpoint's {@code tokenizer.json}, through Hugging Face's own library. Never truncates, never pads. */
final class Tokenizer implements AutoCloseable {
    private static final Map<String, String> AS_IS = Map.of("truncation", "do_not_truncate", "padding", "do_not_pad");
    private static final String BROKEN = "\uFFFD"; // a token that is part of a character decodes to this

    private final HuggingFaceTokenizer tokenizer;
    private final Map<Integer, String> raw;

    /** @throws ModelRefused if the file cannot be read */
    Tokenizer(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            raw = vocabulary(JsonParser.parseString(Files.readString(file)).getAsJsonObject());
            tokenizer = HuggingFaceTokenizer.newInstance(in, AS_IS);
        } catch (IOException | RuntimeException | StackOverflowError e) { // the native library throws RuntimeException
            throw new ModelRefused("tokenizer.json cannot be read: " + e.getMessage(), e);
        }
    }

    /** Encodes one text, with the tokenizer's own special tokens or without any. */
    Encoded encode(String text, boolean addSpecialTokens) {
        Encoding encoding = tokenizer.encode(text, addSpecialTokens, false);
        int[] ids = Arrays.stream(encoding.getIds()).mapToInt(Math::toIntExact).toArray();
        List<String> added = new ArrayList<>();
        List<int[]> offsets = new ArrayList<>();
        for (int i = 0; i < ids.length; i++) {
            if (encoding.getSpecialTokenMask()[i] == 1) {
                added.add(encoding.getTokens()[i]);
            }
            CharSpan span = encoding.getCharTokenSpans()[i];
            offsets.add(span == null ? new int[] {0, 0} : new int[] {span.getStart(), span.getEnd()});
        }
        return new Encoded(ids, tokens(ids), List.of(encoding.getTokens()), offsets, added);
    }

    /** Token ids that were given as such. */
    Encoded describe(int[] ids) {
        List<String> names = Arrays.stream(ids).mapToObj(this::rawToken).toList();
        return new Encoded(ids, tokens(ids), names, List.of(), List.of());
    }

    /** A token as text; one that is only part of a character as the vocabulary writes it. */
    String token(int id) {
        String text = tokenizer.decode(new long[] {id}, false);
        return text.isEmpty() || text.contains(BROKEN) ? rawToken(id) : text;
    }

    private String rawToken(int id) {
        return raw.getOrDefault(id, String.valueOf(id)); // a model's vocabulary may be padded beyond the tokenizer's
    }

    private List<String> tokens(int[] ids) {
        return Arrays.stream(ids).mapToObj(this::token).toList();
    }

    private static Map<Integer, String> vocabulary(JsonObject json) {
        Map<Integer, String> raw = new HashMap<>();
        JsonElement vocab = json.getAsJsonObject("model").get("vocab");
        if (vocab.isJsonObject()) {
            vocab.getAsJsonObject().entrySet().forEach(e -> raw.put(e.getValue().getAsInt(), e.getKey()));
        } else { // Unigram: [[piece, score], …]
            for (JsonElement piece : vocab.getAsJsonArray()) {
                raw.put(raw.size(), piece.getAsJsonArray().get(0).getAsString());
            }
        }
        if (json.has("added_tokens")) {
            for (JsonElement added : json.getAsJsonArray("added_tokens")) {
                raw.put(
                        added.getAsJsonObject().get("id").getAsInt(),
                        added.getAsJsonObject().get("content").getAsString());
            }
        }
        return raw;
    }

    @Override
    public void close() {
        tokenizer.close();
    }
}
