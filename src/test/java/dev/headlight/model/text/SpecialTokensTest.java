package dev.headlight.model.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.headlight.model.Fixture;
import dev.headlight.model.fault.ModelRefused;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A tokenizer.json whose post-processor adds BOS, beside configs that say otherwise or the same. */
class SpecialTokensTest {
    private static final String TOKENS = "\"bos_token\":\"<|bos|>\",\"eos_token\":{\"content\":\"<|end|>\"}";

    @TempDir
    private Path folder;

    private Encoded encoded(@Nullable String config) throws IOException {
        Path file = folder.resolve("tokenizer.json");
        Files.writeString(file, Files.readString(Fixture.resource("/fixtures/tokenizer/llama2/tokenizer.json")));
        if (config != null) {
            Files.writeString(folder.resolve("tokenizer_config.json"), config);
        }
        try (Tokenizer tokenizer = new Tokenizer(file)) {
            Encoded encoded = tokenizer.encode("the cat", true, count -> {});
            int[] without = tokenizer.encode("the cat", false, count -> {}).ids();
            assertThat(encoded.length())
                    .isEqualTo(without.length + encoded.specialTokens().size());
            assertThat(encoded.ids()).containsSubsequence(without);
            assertThat(encoded.offsets()).hasSize(encoded.length());
            return encoded;
        }
    }

    // each line but the one with nulls was run in Transformers 4.57.3
    @ParameterizedTest
    @CsvSource({
        "LlamaTokenizerFast, true,  ,      <|bos|>",
        "LlamaTokenizer,     true,  true,  <|bos|> <|end|>",
        "LlamaTokenizerFast, false, ,      ''",
        "LlamaTokenizerFast, false, true,  <|end|>",
        "LlamaTokenizerFast, ,      true,  <|bos|> <|end|>",
        "LlamaTokenizerFast, null,  null,  <|bos|>", // not said: the file's own, as in Transformers 5
        "CodeLlamaTokenizer, false, false, ''",
        "GemmaTokenizerFast, false, ,      ''",
        "CohereTokenizerFast, true, true,  <|bos|> <|end|>",
        "GPTNeoXTokenizer,   ,      true,  <|end|>",
        "PreTrainedTokenizerFast, false, true, <|bos|>", // this class reads neither: the file's own
        "GPT2Tokenizer,      false, ,      <|bos|>",
    })
    void theFlagsOfTheConfigCountForTheClassesThatReadThem(
            String tokenizerClass, @Nullable String bos, @Nullable String eos, String added) throws IOException {
        String config = "{\"tokenizer_class\":\"" + tokenizerClass + "\","
                + (bos == null ? "" : "\"add_bos_token\":" + bos + ",")
                + (eos == null ? "" : "\"add_eos_token\":" + eos + ",") + TOKENS + "}";
        assertThat(String.join(" ", encoded(config).specialTokens())).isEqualTo(added);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"{}", "{\"tokenizer_class\":null}", "{\"tokenizer_class\":{}}", "{\"add_bos_token\":false}"})
    void aConfigThatNamesNoSuchClassChangesNothing(String config) throws IOException {
        assertThat(encoded(config).specialTokens()).containsExactly("<|bos|>");
    }

    @Test
    void withoutAConfigTheFileCounts() throws IOException {
        Encoded encoded = encoded(null);
        assertThat(encoded.specialTokens()).containsExactly("<|bos|>");
        assertThat(encoded.rawTokens().get(0)).isEqualTo("<|bos|>");
    }

    @Test
    void theAddedTokensHaveNoPlaceInTheText() throws IOException {
        Encoded encoded =
                encoded("{\"tokenizer_class\":\"LlamaTokenizer\",\"add_bos_token\":true,\"add_eos_token\":true,"
                        + TOKENS + "}");
        int last = encoded.length() - 1;
        assertThat(encoded.rawTokens()).startsWith("<|bos|>").endsWith("<|end|>");
        assertThat(List.of(encoded.offsets().get(0), encoded.offsets().get(last)))
                .allSatisfy(span -> assertThat(span).containsExactly(0, 0));
        assertThat(encoded.offsets().get(last - 1)[1]).isEqualTo(7);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'bos_token':'<nil>' | bos_token is <nil> and must be a token of tokenizer.json, because it is added to every text",
                "'bos_token':null    | bos_token is missing and must be a token of tokenizer.json, because it is added to every text",
                "'x':1               | bos_token is missing and must be a token of tokenizer.json, because it is added to every text",
            },
            quoteCharacter = '"')
    void aTokenThatIsNotThereIsRefused(String entry, String message) {
        String config = ("{'tokenizer_class':'LlamaTokenizer','add_bos_token':true," + entry + "}").replace('\'', '"');
        assertThatThrownBy(() -> encoded(config))
                .isInstanceOf(ModelRefused.class)
                .hasMessage("tokenizer_config.json: " + message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "[]", "null"})
    void aConfigThatIsNoneIsRefused(String config) {
        assertThatThrownBy(() -> encoded(config))
                .isInstanceOf(ModelRefused.class)
                .hasMessageStartingWith("tokenizer_config.json cannot be read");
    }
}
