package dev.headlight.model.text;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.headlight.model.Fixture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The bound is never above the number of tokens, and where a step keeps every character it is near enough to refuse by. */
class TextBoundTest {
    private static final int TEXTS = 400;
    private static final List<String> PIECES = List.of(
            "ab ",
            "the",
            " ",
            "   ",
            "\n",
            "\t",
            "a",
            "A",
            "0",
            "é",
            "e\u0301",
            "\u1F82",
            "\u03B1\u0313\u0300\u0345",
            "U\u0308\u0304",
            "\u1100\u1161\u11A8",
            "中文",
            "字",
            "😀",
            "\u200D",
            "\u00A0",
            "\u2003",
            "\u3000",
            "\u0000",
            "\u0001",
            "\u007F",
            "\u0085",
            "\uFEFF",
            "\u00AD",
            "\uFFFD",
            "!",
            "...",
            "▁",
            "Ġ",
            "##",
            "</w>",
            "<unk>",
            "[UNK]",
            "[CLS]",
            "[MASK]",
            "<|endoftext|>",
            "<mask>",
            "<0x0A>",
            "ﬁ",
            "①",
            "İ",
            "ß",
            "x̂̌̍̎",
            "antidisestablishmentarianism");

    private static Path file(String kind) {
        return Fixture.resource("/fixtures/tokenizer/" + kind + "/tokenizer.json");
    }

    private static JsonObject json(Path file) throws IOException {
        return JsonParser.parseString(Files.readString(file)).getAsJsonObject();
    }

    /** Mostly many of a few pieces, so that runs that become one token come up. */
    private static String text(Random random) {
        StringBuilder text = new StringBuilder();
        int pieces = 1 + random.nextInt(4);
        for (int i = 0; i < pieces; i++) {
            String piece = PIECES.get(random.nextInt(PIECES.size()));
            text.append(piece.repeat(1 + random.nextInt(random.nextBoolean() ? 3 : 300)));
        }
        return text.toString();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "gpt2",
                "llama3",
                "roberta",
                "llama2",
                "gemma",
                "unigram",
                "wordpiece",
                "wordpiece_bert",
                "wordlevel",
                "suffixed"
            })
    void noTextHasFewerTokens(String kind) throws IOException {
        TextBound bound = new TextBound(json(file(kind)));
        Random random = new Random(14);
        try (Tokenizer tokenizer = new Tokenizer(file(kind))) {
            for (int i = 0; i < TEXTS; i++) {
                String text = text(random);
                int tokens = tokenizer.encode(text, false, count -> {}).length();
                assertThat(bound.fewestTokens(text))
                        .as(kind + ": " + text)
                        .isLessThanOrEqualTo(Math.max(tokens, within(text)));
            }
        }
    }

    /** A token counts for no more than 256 characters, by the rule of the documentation. */
    private static long within(String text) {
        return TextBound.fewestTokens(text.codePointCount(0, text.length()));
    }

    /** A million words or signs, of which the tests of the limits allow 4,096 tokens. */
    @ParameterizedTest
    @CsvSource({
        "gpt2, true, true",
        "llama3, true, true",
        "roberta, true, true",
        "llama2, true, true",
        "gemma, true, true",
        "wordpiece, true, false",
        "wordpiece_bert, true, false",
        "wordlevel, true, false",
        "suffixed, true, false",
        "unigram, false, false"
    })
    void whatIsFarTooLongIsKnownToBe(String kind, boolean words, boolean signs) throws IOException {
        TextBound bound = new TextBound(json(file(kind)));
        assertThat(bound.fewestTokens("ab ".repeat(300_000)) > 4096).isEqualTo(words);
        assertThat(bound.fewestTokens("!".repeat(900_000)) > 4096).isEqualTo(signs);
        assertThat(bound.fewestTokens("\u0301".repeat(1_100_000))).isGreaterThan(4096);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'type':'Strip','strip_left':true,'strip_right':true}",
                "{'type':'Nmt'}",
                "{'type':'Replace','pattern':{'String':'ab'},'content':''}",
                "{'type':'Replace','pattern':{'Regex':'a'},'content':'aaaa'}",
                "{'type':'Sequence','normalizers':[{'type':'NFC'},{'type':'StripAccents'}]}"
            })
    void aNormalizerThatMayDeleteLeavesNothingCertain(String normalizer) throws IOException {
        JsonObject json = json(file("gpt2"));
        json.add("normalizer", JsonParser.parseString(normalizer));
        String text = "ab!".repeat(1000);
        assertThat(new TextBound(json).fewestTokens(text)).isEqualTo(within(text));
    }

    @Test
    void anAddedTokenMayTakeSpaceWithItAndUnknownCharactersMayFuse() throws IOException {
        JsonObject gpt2 = json(file("gpt2"));
        assertThat(new TextBound(gpt2).fewestTokens(" ".repeat(100_000))).isGreaterThan(4096);
        gpt2.getAsJsonArray("added_tokens").get(0).getAsJsonObject().addProperty("lstrip", true);
        assertThat(new TextBound(gpt2).fewestTokens(" ".repeat(100_000))).isEqualTo(391);
        JsonObject llama2 = json(file("llama2"));
        llama2.getAsJsonObject("model").addProperty("byte_fallback", false);
        assertThat(new TextBound(llama2).fewestTokens("ab".repeat(100_000))).isEqualTo(782);
        llama2.getAsJsonObject("model").addProperty("fuse_unk", false);
        assertThat(new TextBound(llama2).fewestTokens("ab".repeat(100_000))).isGreaterThan(4096);
    }
}
