package dev.headlight.tensor;

import static dev.headlight.tensor.SafetensorsBytes.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
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
    @ValueSource(
            strings = {"[]", "null", "{", "7", "{'w':1}}", "\u0000\u0001", "{} {}", "{}\u0000", "{w:{}}", "{'a\nb':{}}"
            })
    void aHeaderThatIsNoJsonObjectIsRefused(String header) throws IOException {
        refused(file(header, new byte[8]), "");
    }

    @Test
    void aHeaderNestedWithoutEndIsRefused() throws IOException {
        refused(file("[".repeat(1_000_000), new byte[0]), "its header is not a JSON object");
        refused(file("{'w':".repeat(100_000), new byte[0]), "its header is not a JSON object");
        refused(file(entry("F32", "[".repeat(200) + "]".repeat(200), "[0,8]"), new byte[8]), "malformed");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "F32 | [2]      | [0,4]  | does not match its shape",
                "F32 | [1]      | [0,8]  | does not match its shape",
                "F32 | []       | [0,8]  | does not match its shape",
                "F32 | [-2]     | [0,8]  | negative size",
                "F32 | [-1,-2]  | [0,8]  | negative size",
                "F32 | [9223372036854775807]   | [0,8] | malformed",
                "F32 | [9223372036854775808]   | [0,8] | malformed",
                "F32 | [4294967296,4294967296] | [0,8] | malformed",
                "F32 | [1e99999999]            | [0,8] | malformed",
                "F32 | [2.5]    | [0,8]  | malformed",
                "F32 | [2.0]    | [0,8]  | malformed",
                "F32 | [2e0]    | [0,8]  | malformed",
                "F32 | ['2']    | [0,8]  | malformed",
                "F32 | [1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,2] | [0,8] | malformed",
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

    private static String tensors(String... entries) {
        return Arrays.stream(entries)
                .map(e -> e.split(" "))
                .map(e -> "'%s':{'dtype':'F32','shape':[%s],'data_offsets':[%s]}".formatted(e[0], e[1], e[2]))
                .collect(Collectors.joining(",", "{", "}"));
    }

    @Test
    void tensorsInAnyOrderAndEmptyOnesBetweenThemAreSound() throws IOException {
        String header = tensors("a 1 4,8", "b 1 0,4", "empty 0 4,4", "first 0,3 0,0", "last 0 8,8");
        assertThat(new SafetensorsFile(file(header, new byte[8])).names())
                .containsExactly("a", "b", "empty", "first", "last");
    }

    @Test
    void tensorsThatOverlapAreRefused() throws IOException {
        refused(file(tensors("a 1 0,4", "b 1 0,4"), new byte[4]), "tensor b overlaps tensor a");
        refused(file(tensors("b 1 4,8", "a 2 0,8"), new byte[8]), "tensor b overlaps tensor a");
        refused(file(tensors("a 2 0,8", "b 0 4,4"), new byte[8]), "tensor b overlaps tensor a");
    }

    @Test
    void bytesThatBelongToNoTensorAreRefused() throws IOException {
        refused(file(tensors("a 1 4,8"), new byte[8]), "tensor a begins 4 bytes after the header");
        refused(file(tensors("a 1 0,4", "b 1 8,12"), new byte[12]), "tensor b begins 4 bytes after tensor a");
        refused(file(tensors("a 1 0,4"), new byte[9]), "5 bytes follow tensor a");
        refused(file("{}", new byte[1]), "1 bytes follow the header");
    }

    @Test
    void aFieldThatIsThereTwiceIsRefused() throws IOException {
        refused(
                file("{'w':{'dtype':'F32','shape':[2],'shape':[2],'data_offsets':[0,8]}}", new byte[8]),
                "the entry of tensor w is malformed");
    }

    @Test
    void whatTheFormatDoesNotKnowIsIgnored() throws IOException {
        String header = "{'w':{'dtype':'F32','shape':[2],'more':[{'x':1}],'data_offsets':[0,8]}}";
        assertThat(new SafetensorsFile(file(header, new byte[8])).names()).containsExactly("w");
    }

    @Test
    void aHostileNameIsCutInTheMessage() throws IOException {
        Path path = file("{'" + "x".repeat(1_000_000) + "':[]}", new byte[0]);
        assertThatThrownBy(() -> new SafetensorsFile(path))
                .satisfies(e -> assertThat(e.getMessage().length()).isLessThan(300));
    }

    @Test
    void aTensorThatIsThereTwiceIsRefused() throws IOException {
        String one = "'w':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}";
        String other = "'w':{'dtype':'F32','shape':[1],'data_offsets':[4,8]}";
        refused(file("{" + one + "," + other + "}", new byte[8]), "w is repeated");
    }

    @Test
    void metadataIsNoTensor() throws IOException {
        Path path = file("{'__metadata__':{'format':'pt'}}", new byte[0]);
        assertThat(new SafetensorsFile(path).names()).isEmpty();
    }
}
