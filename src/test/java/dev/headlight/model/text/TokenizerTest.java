package dev.headlight.model.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.headlight.model.Fixture;
import dev.headlight.model.fault.ModelRefused;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Against {@code cases.json}, which Hugging Face's own library wrote from Python (tools/fixtures/tokenizer_fixture.py). */
class TokenizerTest {
    private static final List<String> KINDS = List.of(
            "gpt2",
            "llama3",
            "roberta",
            "llama2",
            "gemma",
            "unigram",
            "wordpiece",
            "wordpiece_bert",
            "wordlevel",
            "suffixed");
    private static final Map<String, Tokenizer> OPEN = new HashMap<>();

    @TempDir
    private Path folder;

    @AfterAll
    static void close() {
        OPEN.values().forEach(Tokenizer::close);
    }

    private static Path file(String kind) {
        return Fixture.resource("/fixtures/tokenizer/" + kind + "/tokenizer.json");
    }

    private static Tokenizer of(String kind) {
        return OPEN.computeIfAbsent(kind, k -> new Tokenizer(file(k)));
    }

    private static JsonObject json(String kind) throws IOException {
        return JsonParser.parseString(Files.readString(file(kind))).getAsJsonObject();
    }

    private Tokenizer written(JsonObject json) throws IOException {
        return new Tokenizer(Files.writeString(folder.resolve("tokenizer.json"), json.toString()));
    }

    static Stream<Arguments> cases() {
        return KINDS.stream().flatMap(kind -> cases(kind).map(c -> Arguments.of(kind, string(c, "text"), c)));
    }

    private static Stream<JsonObject> cases(String kind) {
        try {
            Path cases = Fixture.resource("/fixtures/tokenizer/" + kind + "/cases.json");
            return JsonParser.parseString(Files.readString(cases)).getAsJsonArray().asList().stream()
                    .map(JsonElement::getAsJsonObject);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static String string(JsonObject o, String key) {
        return o.get(key).getAsString();
    }

    private static List<String> strings(JsonObject o, String key) {
        return o.getAsJsonArray(key).asList().stream()
                .map(JsonElement::getAsString)
                .toList();
    }

    private static List<Integer> list(int[] ids) {
        return Arrays.stream(ids).boxed().toList();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void aTextIsEncodedAsTheLibraryDoesInPython(String kind, String text, JsonObject want) {
        Encoded ours = of(kind).encode(text, true, count -> {});
        assertThat(ours.ids()).isEqualTo(Fixture.ids(want.get("ids")));
        assertThat(ours.rawTokens()).isEqualTo(strings(want, "raw_tokens"));
        assertThat(ours.specialTokens()).isEqualTo(strings(want, "added"));
        assertThat(ours.offsets().stream().map(TokenizerTest::list))
                .isEqualTo(want.getAsJsonArray("offsets").asList().stream()
                        .map(pair -> list(Fixture.ids(pair)))
                        .toList());
        Encoded without = of(kind).encode(text, false, count -> {});
        assertThat(without.ids()).isEqualTo(Fixture.ids(want.get("ids_without")));
        assertThat(without.specialTokens()).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void tokensAreTextAndACharacterStandsWhereItIsComplete(String kind, String text, JsonObject want) {
        Encoded ours = of(kind).encode(text, true, count -> {});
        assertThat(ours.tokens()).isEqualTo(strings(want, "tokens"));
        Encoded described = of(kind).describe(ours.ids());
        assertThat(described.tokens()).isEqualTo(ours.tokens());
        assertThat(described.rawTokens()).isEqualTo(ours.rawTokens());
        assertThat(described.offsets()).isEmpty();
        assertThat(described.specialTokens()).isEmpty();
    }

    @Test
    void tokensOfBytesJoinedAreTheText() {
        cases("gpt2")
                .map(c -> string(c, "text"))
                .forEach(text -> assertThat(String.join(
                                "", of("gpt2").encode(text, false, count -> {}).tokens()))
                        .isEqualTo(text));
    }

    @Test
    void offsetsAreCodePointsOfTheText() {
        String text = "🙂🙂 the cat";
        Encoded encoded = of("gpt2").encode(text, true, count -> {});
        int last = encoded.length() - 1;
        int[] span = encoded.offsets().get(last);
        assertThat(encoded.tokens().get(last)).isEqualTo("at");
        assertThat(span).containsExactly(8, 10);
        assertThat(text.substring(text.offsetByCodePoints(0, span[0]), text.offsetByCodePoints(0, span[1])))
                .isEqualTo("at");
        assertThat(encoded.offsets().get(0)).as("of BOS").containsExactly(0, 0);
    }

    @Test
    void bytesThatAreNoCharacterAreShownAsBytes() {
        Tokenizer gpt2 = of("gpt2");
        int[] face = gpt2.encode("😀", false, count -> {}).ids(); // F0 9F and 98 and 80
        assertThat(gpt2.describe(face).tokens()).containsExactly("", "", "😀");
        assertThat(gpt2.describe(new int[] {face[0]}).tokens()).containsExactly("<0xF0><0x9F>");
        assertThat(gpt2.token(face[2])).isEqualTo("<0x80>");
        int the = gpt2.encode(" the", false, count -> {}).ids()[0];
        assertThat(gpt2.describe(new int[] {face[0], face[1], the, face[2]}).tokens())
                .containsExactly("<0xF0><0x9F>", "<0x98>", " the", "<0x80>");
        assertThat(of("llama2")
                        .token(of("llama2").encode("字", false, count -> {}).ids()[1]))
                .isEqualTo("<0xE5>");
    }

    @ParameterizedTest
    @ValueSource(strings = {"C0 80", "ED A0 80", "F4 90 80 80", "E6 97", "80", "FF", "C3 28"})
    void noByteIsLost(String hex) {
        Tokenizer llama2 = of("llama2");
        List<String> pieces =
                Arrays.stream(hex.split(" ")).map(b -> "<0x" + b + ">").toList();
        int[] ids = pieces.stream()
                .mapToInt(p -> 3 + Integer.parseInt(p.substring(3, 5), 16))
                .toArray();
        assertThat(llama2.describe(ids).rawTokens()).isEqualTo(pieces);
        assertThat(llama2.describe(ids).tokens()).isEqualTo(hex.equals("C3 28") ? List.of("<0xC3>", "(") : pieces);
    }

    private OptionalInt find(String kind, String text) {
        return of(kind).find(text, of(kind).encode(text, false, count -> {}));
    }

    @ParameterizedTest
    @CsvSource({
        "gpt2, ' the', ' the'",
        "llama2, an, ' an'", // this tokenizer puts a space before every text
        "llama2, ' an', ' an'",
        "llama2, '\n', '\n'",
        "unigram, ' cat', ' cat'",
        "wordpiece, The, the",
        "wordpiece, ##ing, ##ing",
        "wordpiece, [MASK], [MASK]",
        "wordpiece, [UNK], [UNK]"
    })
    void aTokenIsFoundByTheTextThatIsShown(String kind, String text, String shown) {
        assertThat(of(kind).token(find(kind, text).orElseThrow())).isEqualTo(shown);
    }

    @ParameterizedTest
    @CsvSource({"gpt2, the cat", "gpt2, ''", "wordpiece, 😀", "wordlevel, dog", "llama2, 日"})
    void aTextThatIsNoTokenIsNotFound(String kind, String text) {
        assertThat(find(kind, text)).isEqualTo(OptionalInt.empty());
    }

    @Test
    void anAddedTokenIsShownAsItIsWritten() throws IOException {
        JsonObject json = json("gpt2");
        JsonObject added =
                json.getAsJsonArray("added_tokens").get(1).getAsJsonObject().deepCopy();
        added.addProperty("id", 300);
        added.addProperty("content", "naïve"); // ï is also the letter for a byte
        added.addProperty("special", false);
        json.getAsJsonArray("added_tokens").add(added);
        try (Tokenizer tokenizer = written(json)) {
            Encoded encoded = tokenizer.encode("a naïve", false, count -> {});
            assertThat(encoded.ids()).endsWith(300);
            assertThat(encoded.tokens()).endsWith("naïve");
        }
    }

    @Test
    void aLongTextIsNeverCut() {
        String text = "The cat sat on the mat. ".repeat(3000);
        Encoded encoded = of("gpt2").encode(text, false, count -> {});
        assertThat(encoded.length()).isGreaterThan(36_000);
        assertThat(encoded.offsets().get(encoded.length() - 1)[1]).isEqualTo(text.length());
    }

    @Test
    void aTruncationOrPaddingOfTheFileItselfIsNotApplied() throws IOException {
        JsonObject json = json("gpt2");
        json.add(
                "truncation",
                JsonParser.parseString(
                        "{\"direction\":\"Right\",\"max_length\":4,\"strategy\":\"LongestFirst\",\"stride\":0}"));
        json.add(
                "padding",
                JsonParser.parseString(
                        "{\"strategy\":{\"Fixed\":16},\"direction\":\"Left\",\"pad_to_multiple_of\":null,\"pad_id\":1,"
                                + "\"pad_type_id\":0,\"pad_token\":\"<|end|>\"}"));
        try (Tokenizer cutting = written(json)) {
            for (String text : List.of("The cat sat on the mat.", "The")) {
                assertThat(cutting.encode(text, true, count -> {}).ids())
                        .isEqualTo(of("gpt2").encode(text, true, count -> {}).ids());
            }
        }
    }

    @Test
    void anIdBeyondTheTokenizerIsItsNumber() {
        assertThat(of("gpt2").token(299)).isNotEmpty();
        assertThat(of("gpt2").token(5000)).isEqualTo("5000");
        assertThat(of("gpt2").describe(new int[] {5000, 0}).rawTokens()).containsExactly("5000", "<|bos|>");
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
                .hasMessageStartingWith("tokenizer.json");
    }
}
