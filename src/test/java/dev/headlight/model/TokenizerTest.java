package dev.headlight.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class TokenizerTest {
    private static Tokenizer tokenizer;

    @TempDir
    private Path folder;

    @BeforeAll
    static void open() {
        tokenizer = new Tokenizer(Fixture.resource("/fixtures/tokenizer/tokenizer.json"));
    }

    @AfterAll
    static void close() {
        tokenizer.close();
    }

    static Stream<Arguments> cases() throws IOException {
        String json = Files.readString(Fixture.resource("/fixtures/tokenizer/cases.json"));
        return JsonParser.parseString(json).getAsJsonObject().getAsJsonArray("cases").asList().stream()
                .map(JsonElement::getAsJsonObject)
                .flatMap(c -> Stream.of("with_special_tokens", "without_special_tokens")
                        .map(key -> Arguments.of(
                                c.get("text").getAsString(), key.startsWith("with_"), c.getAsJsonObject(key))));
    }

    private static List<String> strings(JsonObject o, String key) {
        return o.getAsJsonArray(key).asList().stream()
                .map(JsonElement::getAsString)
                .toList();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void aTextIsEncodedAsTheTokenizersLibraryDoes(String text, boolean special, JsonObject want) {
        Encoded ours = tokenizer.encode(text, special);
        assertThat(ours.ids()).isEqualTo(Fixture.ids(want.get("ids")));
        assertThat(ours.rawTokens()).isEqualTo(strings(want, "raw_tokens"));
        assertThat(ours.offsets()).hasSize(ours.length());
        for (int i = 0; i < ours.length(); i++) {
            assertThat(ours.offsets().get(i))
                    .as("offsets of " + ours.rawTokens().get(i))
                    .isEqualTo(Fixture.ids(want.getAsJsonArray("offsets").get(i)));
        }
        assertThat(ours.specialTokens()).isEqualTo(special ? List.of("<|bos|>") : List.of());
    }

    @ParameterizedTest
    @MethodSource("cases")
    void aTokenIsReadableAndOnePartOfACharacterIsRaw(String text, boolean special, JsonObject want) {
        Encoded ours = tokenizer.encode(text, special);
        List<String> decoded = strings(want, "decoded_tokens");
        for (int i = 0; i < decoded.size(); i++) {
            boolean readable = !decoded.get(i).isEmpty() && !decoded.get(i).contains("\uFFFD");
            assertThat(ours.tokens().get(i))
                    .isEqualTo(readable ? decoded.get(i) : ours.rawTokens().get(i));
        }
        Encoded described = tokenizer.describe(ours.ids());
        assertThat(described.tokens()).isEqualTo(ours.tokens());
        assertThat(described.rawTokens()).isEqualTo(ours.rawTokens());
        assertThat(described.offsets()).isEmpty();
        assertThat(described.specialTokens()).isEmpty();
    }

    @Test
    void aLongTextIsNeverCut() {
        String text = "The cat sat on the mat. ".repeat(3000);
        Encoded encoded = tokenizer.encode(text, false);
        assertThat(encoded.length()).isGreaterThan(36_000);
        assertThat(encoded.offsets().get(encoded.length() - 1)[1]).isEqualTo(text.length());
    }

    @Test
    void aTruncationOrPaddingOfTheFileItselfIsNotApplied() throws IOException {
        JsonObject json = JsonParser.parseString(
                        Files.readString(Fixture.resource("/fixtures/tokenizer/tokenizer.json")))
                .getAsJsonObject();
        json.add(
                "truncation",
                JsonParser.parseString(
                        "{\"direction\":\"Right\",\"max_length\":4,\"strategy\":\"LongestFirst\",\"stride\":0}"));
        json.add(
                "padding",
                JsonParser.parseString(
                        "{\"strategy\":{\"Fixed\":16},\"direction\":\"Left\",\"pad_to_multiple_of\":null,\"pad_id\":1,"
                                + "\"pad_type_id\":0,\"pad_token\":\"<|end|>\"}"));
        Path file = Files.writeString(folder.resolve("tokenizer.json"), json.toString());
        Tokenizer cutting = new Tokenizer(file);
        for (String text : List.of("The cat sat on the mat.", "The")) {
            assertThat(cutting.encode(text, true).ids())
                    .isEqualTo(tokenizer.encode(text, true).ids());
        }
        cutting.close();
    }

    @Test
    void anIdBeyondTheTokenizerIsItsNumber() {
        assertThat(tokenizer.token(299)).isNotEmpty();
        assertThat(tokenizer.token(5000)).isEqualTo("5000");
        assertThat(tokenizer.describe(new int[] {5000, 0}).rawTokens()).containsExactly("5000", "<|bos|>");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "[]",
                "null",
                "{}",
                "{\"model\":{}}",
                "{\"model\":{\"vocab\":{\"a\":\"b\"}}}",
                "{\"model\":{\"type\":\"BPE\",\"vocab\":{}}}"
            })
    void aFileThatIsNoTokenizerIsRefused(String json) throws IOException {
        Path file = Files.writeString(folder.resolve("tokenizer.json"), json);
        assertThatThrownBy(() -> new Tokenizer(file))
                .isInstanceOf(ModelRefused.class)
                .hasMessageStartingWith("tokenizer.json cannot be read");
    }
}
