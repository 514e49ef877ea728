package dev.headlight.model.text;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.headlight.model.checkpoint.StrictJson;
import dev.headlight.model.fault.ModelRefused;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether texts begin with BOS and end with EOS. The {@code post_processor} of {@code tokenizer.json} defines it.
 * For some tokenizer classes, Transformers 4 replaces that post-processor according to {@code add_bos_token} and {@code
 * add_eos_token} in {@code tokenizer_config.json}. Checkpoints of that time have a post-processor without the BOS that
 * their model was trained with. Transformers 5 writes neither key, so a key that is present counts.
 *
 * @see <a href="https://github.com/huggingface/transformers/blob/v4.57.3/src/transformers/models/llama/tokenization_llama_fast.py">
 *     Transformers 4, update_post_processor</a>
 */
final class SpecialTokens {
    /** The classes that read the keys, and whether BOS is added if only {@code add_eos_token} is present. */
    private static final Map<String, Boolean> BOS_BY_CLASS = Map.of(
            "LlamaTokenizer", true,
            "CodeLlamaTokenizer", true,
            "GemmaTokenizer", true,
            "CohereTokenizer", true,
            "GPTNeoXTokenizer", false);

    private static final List<String> USUAL_MASKS = List.of("[MASK]", "<mask>"); // of BERT and RoBERTa

    private static final long MOST_BYTES = 64 << 20; // added tokens can make it long

    private final JsonObject config;
    private final Vocabulary vocabulary;

    /**
     * Reads the configuration.
     *
     * @param config {@code tokenizer_config.json}, which may be missing
     * @throws ModelRefused if it cannot be read
     */
    SpecialTokens(Path config, Vocabulary vocabulary) {
        this.vocabulary = vocabulary;
        this.config = Files.isRegularFile(config) ? StrictJson.read(config, MOST_BYTES) : new JsonObject();
    }

    /**
     * The post-processor that replaces the one in {@code tokenizer.json}.
     *
     * @return null if the one in the file is kept
     * @throws ModelRefused if a token must be added that is not in the vocabulary
     */
    @Nullable
    JsonElement postProcessor() {
        String name = Objects.requireNonNullElse(text("tokenizer_class"), "");
        Boolean bos = BOS_BY_CLASS.get(name.replaceFirst("Fast$", ""));
        if (bos == null || !(has("add_bos_token") || has("add_eos_token"))) {
            return null;
        }
        List<String> before = flag("add_bos_token", bos) ? List.of(token("bos_token")) : List.of();
        List<String> after = flag("add_eos_token", false) ? List.of(token("eos_token")) : List.of();
        return template(before, after);
    }

    /** The mask token: the one that the configuration names, or one with a usual name; empty without either. */
    OptionalInt mask() {
        String named = text("mask_token");
        return (named == null ? USUAL_MASKS.stream() : Stream.of(named))
                .map(vocabulary::id)
                .filter(OptionalInt::isPresent)
                .findFirst()
                .orElseGet(OptionalInt::empty);
    }

    private JsonElement template(List<String> before, List<String> after) {
        List<Object> single = new ArrayList<>();
        before.forEach(token -> single.add(piece("SpecialToken", token)));
        single.add(piece("Sequence", "A"));
        after.forEach(token -> single.add(piece("SpecialToken", token)));
        List<Object> pair = new ArrayList<>(single); // the format requires one, although no pairs are encoded
        pair.add(piece("Sequence", "B"));
        JsonObject definitions = new JsonObject();
        Stream.of(before, after).flatMap(List::stream).forEach(token -> definitions.add(token, definition(token)));
        return json(
                Map.of("type", "TemplateProcessing", "single", single, "pair", pair, "special_tokens", definitions));
    }

    private static Map<String, Object> piece(String kind, String id) {
        return Map.of(kind, Map.of("id", id, "type_id", 0));
    }

    private JsonElement definition(String token) {
        return json(Map.of("id", token, "ids", List.of(vocabulary.id(token).orElseThrow()), "tokens", List.of(token)));
    }

    private static JsonElement json(Object value) {
        return new Gson().toJsonTree(value);
    }

    private boolean has(String key) {
        return config.has(key) && !config.get(key).isJsonNull();
    }

    private boolean flag(String key, boolean otherwise) {
        return has(key) ? config.get(key).getAsBoolean() : otherwise;
    }

    private String token(String key) {
        String token = text(key);
        if (token == null || vocabulary.id(token).isEmpty()) {
            throw new ModelRefused("tokenizer_config.json: " + key + " is " + (token == null ? "missing" : token)
                    + " and must be a token of tokenizer.json, because it is added to every text");
        }
        return token;
    }

    /** A string, or the content of an added token; null for anything else. */
    private @Nullable String text(String key) {
        JsonElement value = config.get(key);
        if (value instanceof JsonObject token) {
            value = token.get("content");
        }
        return value != null && value.isJsonPrimitive() ? value.getAsString() : null;
    }
}
