package dev.headlight.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.headlight.model.fault.ModelRefused;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StrictJsonTest {
    @TempDir
    private Path folder;

    private JsonObject read(String json) throws IOException {
        return StrictJson.read(Files.writeString(folder.resolve("some.json"), json.replace('\'', '"')), 1 << 20);
    }

    private void refused(String json, String why) {
        assertThatThrownBy(() -> read(json))
                .isInstanceOf(ModelRefused.class)
                .hasMessageStartingWith("some.json cannot be read: ")
                .hasMessageContaining(why)
                .hasMessageNotContainingAny("JsonReader", "https:", "\n");
    }

    @Test
    void whatIsSoundIsReadAsItStands() throws IOException {
        String json =
                "{'a': [1, 2.50, -3e2, 'x\\u00e9\\ud83d\\ude00', true, null, [], {}], 'b': {'a': 12345678901234567890}} \n";
        JsonObject read = read(json);
        assertThat(read).isEqualTo(JsonParser.parseString(json.replace('\'', '"')));
        assertThat(read.getAsJsonArray("a").get(1).getAsString()).isEqualTo("2.50");
        assertThat(read.getAsJsonObject("b").get("a").getAsBigInteger()).isEqualTo("12345678901234567890");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "[]",
                "null",
                "7",
                "'x'",
                "{",
                "}",
                "{'a'}",
                "{'a':}",
                "{'a':1,}",
                "{,}",
                "{'a' 1}",
                "{a:1}",
                "{'a'=1}",
                "{'a':1;'b':2}",
                "{'a':[1 2]}",
                "{'a':[1,]}",
                "{'a':[,]}",
                "{'a':[}",
                "{'a':01}",
                "{'a':+1}",
                "{'a':.5}",
                "{'a':0x1}",
                "{'a':NaN}",
                "{'a':-Infinity}",
                "{'a':TRUE}",
                "{'a':nil}",
                "{'a':'\n'}",
                "{'a':'\\x'}",
                "{'a':'\\u12'}",
                "{'a':'x}",
                "{} {}",
                "{}x",
                "{}\u0000",
                "// no\n{}",
                "{/* no */}",
                "# no\n{}",
                ")]}'\n{}"
            })
    void whatIsNoJsonObjectIsRefused(String json) {
        refused(json, "");
    }

    @Test
    void theMessageSaysWhere() {
        refused("{'a': {'b': nil}}", "it is not JSON at line 1 column 13 path $.a.b");
        refused("[]", "Expected BEGIN_OBJECT but was BEGIN_ARRAY at line 1 column 2 path $");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'a':1,'a':1}             | a key is repeated at $.a",
                "{'b':[{'a':1,'a':null}]}  | a key is repeated at $.b[0].a",
                "{'a':[1e309]}             | a number does not fit float64 at $.a[",
                "{'a':-1e99999999999}      | a number does not fit float64 at $.a",
                "{'a':'\\ud800'}           | an unpaired surrogate is not a character at $.a",
                "{'\\udc00x':1}            | an unpaired surrogate is not a character at $",
            })
    void whatAnotherReaderMightTakeOtherwiseIsRefused(String json, String why) {
        refused(json, why);
    }

    @Test
    void levelsWithoutEndAreRefused() throws IOException {
        read("{'a':" + "[".repeat(99) + "]".repeat(99) + "}");
        refused("{'a':" + "[".repeat(100) + "]".repeat(100) + "}", "100");
        refused("{'a':".repeat(150_000), "100");
    }

    @Test
    void bytesThatAreNoUtf8AreRefused() throws IOException {
        Path file = Files.write(folder.resolve("some.json"), new byte[] {'{', '"', (byte) 0xC3, '"', ':', '1', '}'});
        assertThatThrownBy(() -> StrictJson.read(file, 100))
                .isInstanceOf(ModelRefused.class)
                .hasMessage("some.json cannot be read: it is not UTF-8");
    }

    @Test
    void aFileLargerThanItsBoundIsRefusedUnread() throws IOException {
        Path file = Files.writeString(folder.resolve("some.json"), "{}  ");
        assertThat(StrictJson.read(file, 4)).isEqualTo(new JsonObject());
        assertThatThrownBy(() -> StrictJson.read(file, 3))
                .isInstanceOf(ModelRefused.class)
                .hasMessage("some.json is larger than 3 bytes");
    }

    @Test
    void aHostileNameIsCutInTheMessage() {
        String name = "x".repeat(100_000);
        assertThatThrownBy(() -> read("{'" + name + "':1,'" + name + "':1}"))
                .satisfies(e -> assertThat(e.getMessage().length()).isLessThan(1100));
    }
}
