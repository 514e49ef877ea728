package dev.headlight.tensor;

import static dev.headlight.tensor.SafetensorsBytes.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Headers that are refused before anything is read. */
class SafetensorsHeaderTest {
    @TempDir
    private Path folder;

    private Path file(String header, byte[] data) throws IOException {
        return write(SafetensorsBytes.of(header, data));
    }

    private Path write(ByteBuffer bytes) throws IOException {
        return Files.write(folder.resolve("bad.safetensors"), bytes.array());
    }

    private static void refused(Path path, String why) {
        assertThatThrownBy(() -> new SafetensorsFile(path))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("bad.safetensors: ")
                .hasMessageContaining(why);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 7})
    void aFileShorterThanItsLengthFieldIsRefused(int size) throws IOException {
        refused(write(ByteBuffer.allocate(size)), "it has " + size + " bytes, fewer than the 8");
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 9, -1, Long.MIN_VALUE, Long.MAX_VALUE, 100_000_001L})
    void aHeaderLengthThatCannotBeIsRefused(long length) throws IOException {
        ByteBuffer bytes =
                ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN).putLong(length);
        refused(write(bytes.put("{}      ".getBytes())), "its header would have " + length + " bytes");
    }

    @Test
    void aFileCutOffInItsDataIsRefused() throws IOException {
        refused(file(entry("F32", "[2]", "[0,8]"), new byte[7]), "tensor w lies outside the file");
        assertThat(new SafetensorsFile(file(entry("F32", "[2]", "[0,8]"), new byte[8])).names())
                .containsExactly("w");
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "null", "{", "7", "{'w':1}}", "\u0000\u0001", "{} {}"})
    void aHeaderThatIsNoJsonObjectIsRefused(String header) throws IOException {
        refused(file(header, new byte[8]), "");
    }

    @Test
    void aHeaderNestedWithoutEndIsRefused() throws IOException {
        refused(file("[".repeat(1_000_000), new byte[0]), "its header is no JSON object");
        refused(file("{'w':".repeat(100_000), new byte[0]), "its header is no JSON object");
        refused(file(entry("F32", "[".repeat(200) + "]".repeat(200), "[0,8]"), new byte[8]), "malformed");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "F32 | [2]      | [0,4]  | another number of bytes",
                "F32 | [1]      | [0,8]  | another number of bytes",
                "F32 | []       | [0,8]  | another number of bytes",
                "F32 | [-2]     | [0,8]  | negative size",
                "F32 | [-1,-2]  | [0,8]  | negative size",
                "F32 | [9223372036854775807]   | [0,8] | malformed",
                "F32 | [9223372036854775808]   | [0,8] | malformed",
                "F32 | [4294967296,4294967296] | [0,8] | malformed",
                "F32 | [1e99999999]            | [0,8] | malformed",
                "F32 | [2.5]    | [0,8]  | malformed",
                "F32 | [2]      | [-8,0] | lies outside the file",
                "F32 | [2]      | [8,0]  | lies outside the file",
                "F32 | [2]      | [4,12] | lies outside the file",
                "F32 | [2]      | [9223372036854775800,9223372036854775807] | malformed",
                "F32 | [2]      | [0]    | malformed",
                "F32 | [2]      | [0,8,8] | malformed",
                "F32 | 2        | [0,8]  | malformed",
                "F32 | null     | [0,8]  | malformed",
                "F32 | [null]   | [0,8]  | malformed",
                "F33 | [2]      | [0,8]  | unknown dtype F33",
                "f32 | [2]      | [0,8]  | unknown dtype f32",
            })
    void anEntryThatCannotBeIsRefused(String dtype, String shape, String offsets, String why) throws IOException {
        refused(file(entry(dtype, shape, offsets), new byte[8]), why);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'w':{'shape':[2],'data_offsets':[0,8]}}",
                "{'w':{'dtype':'F32','data_offsets':[0,8]}}",
                "{'w':{'dtype':'F32','shape':[2]}}",
                "{'w':{'dtype':['F32'],'shape':[2],'data_offsets':[0,8]}}",
                "{'w':null}",
                "{'w':[]}"
            })
    void anEntryWithoutAFieldIsRefused(String header) throws IOException {
        refused(file(header, new byte[8]), "the entry of tensor w is malformed");
    }

    @Test
    void aTensorThatIsThereTwiceIsRefused() throws IOException {
        String one = "'w':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}";
        String other = "'w':{'dtype':'F32','shape':[1],'data_offsets':[4,8]}";
        refused(file("{" + one + "," + other + "}", new byte[8]), "w is there twice");
    }

    @Test
    void metadataIsNoTensor() throws IOException {
        Path path = file("{'__metadata__':{'format':'pt'}}", new byte[0]);
        assertThat(new SafetensorsFile(path).names()).isEmpty();
    }
}
