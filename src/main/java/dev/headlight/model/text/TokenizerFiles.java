package dev.headlight.model.text;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.headlight.jinja.UnavailableValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The chat template and special tokens in a checkpoint's files other than {@code tokenizer.json}. */
final class TokenizerFiles {
    private static final List<String> STANDARD =
            List.of("bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token");
    /** The tokenizer classes of Transformers that have no default special tokens. */
    private static final Set<String> GENERIC = Set.of("PreTrainedTokenizerFast", "TokenizersBackend");

    private final JsonObject config;
    private final JsonObject specialTokensMap;
    private final JsonObject processor;

    /**
     * Reads the files of a folder; missing ones count as empty.
     *
     * @throws JsonParseException if one of them is not JSON
     */
    TokenizerFiles(Path folder) throws IOException {
        config = read(folder.resolve("tokenizer_config.json"));
        specialTokensMap = read(folder.resolve("special_tokens_map.json"));
        processor = read(folder.resolve("chat_template.json"));
    }

    private static JsonObject read(Path file) throws IOException {
        return Files.isRegularFile(file)
                ? JsonParser.parseString(Files.readString(file)).getAsJsonObject()
                : new JsonObject();
    }

    /** The chat template: a string or a list of named templates; null if the files have no template. */
    @Nullable
    JsonElement chatTemplate() {
        JsonElement template = config.get("chat_template");
        if (template == null || template.isJsonNull()) {
            template = processor.get("chat_template");
        }
        return template == null || template.isJsonNull() ? null : template;
    }

    /** The special tokens by the names of variables in a template, such as {@code bos_token}. */
    Map<String, Object> specialTokens() {
        Map<String, Object> tokens = new HashMap<>();
        JsonObject named = config.deepCopy();
        if (!config.has("added_tokens_decoder")) { // otherwise Transformers ignores the older file
            specialTokensMap.entrySet().forEach(e -> named.add(e.getKey(), e.getValue()));
        }
        if (named.get("extra_special_tokens") instanceof JsonObject extra) {
            extra.entrySet().forEach(e -> put(tokens, e.getKey(), e.getValue()));
        }
        named.entrySet().stream()
                .filter(e -> e.getKey().endsWith("_token"))
                .forEach(e -> put(tokens, e.getKey(), e.getValue()));
        if (!GENERIC.contains(tokenizerClass())) {
            STANDARD.stream()
                    .filter(name -> !named.has(name))
                    .forEach(name -> tokens.put(
                            name,
                            new UnavailableValue("it reads " + name + ", which the checkpoint leaves "
                                    + "to Transformers: name it in tokenizer_config.json")));
        }
        return tokens;
    }

    private String tokenizerClass() {
        JsonElement name = config.get("tokenizer_class");
        return name == null || name.isJsonNull() ? "" : name.getAsString();
    }

    /** Adds a token that is given as a string or as an added token with {@code content}; ignores null. */
    private static void put(Map<String, Object> tokens, String name, JsonElement value) {
        JsonElement token = value instanceof JsonObject added ? added.get("content") : value;
        if (token != null
                && token.isJsonPrimitive()
                && token.getAsJsonPrimitive().isString()) {
            tokens.put(name, token.getAsString());
        }
    }
}
