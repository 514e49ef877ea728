package dev.headlight.model.text;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.headlight.model.fault.ModelRefused;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** A small {@code tokenizer.json} that tests change, then load or see refused. */
abstract class TokenizerFileTest {
    @TempDir
    Path folder;

    final JsonObject json = JsonParser.parseString("""
                    {"version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "normalizer": null,
                     "pre_tokenizer": null, "post_processor": null, "decoder": null,
                     "model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "A": 2, "ab": 3, "fi": 4, "f": 5, "i": 6}, "merges": []}}
                    """).getAsJsonObject();

    Tokenizer load() throws IOException {
        return new Tokenizer(Files.writeString(folder.resolve("tokenizer.json"), json.toString()));
    }

    /** Quotes are single in {@code value}. */
    TokenizerFileTest with(String key, String value) {
        JsonElement parsed = JsonParser.parseString(value.replace('\'', '"'));
        if (key.startsWith("model.")) {
            json.getAsJsonObject("model").add(key.substring(6), parsed);
        } else {
            json.add(key, parsed);
        }
        return this;
    }

    void refused(String message) {
        assertThatThrownBy(this::load).isInstanceOf(ModelRefused.class).hasMessageContaining(message);
    }

    int[] encoded(String text) throws IOException {
        try (Tokenizer tokenizer = load()) {
            return tokenizer.encode(text, true, count -> {}).ids();
        }
    }
}
