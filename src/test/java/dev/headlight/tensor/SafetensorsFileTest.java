package dev.headlight.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SafetensorsFileTest {
    @TempDir
    private Path folder;

    /** Quotes are single in {@code header}. */
    private Path file(String header, byte[] data) throws IOException {
        byte[] json = header.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
        return write(ByteBuffer.allocate(8 + json.length + data.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(json.length)
                .put(json)
                .put(data));
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

    private static String entry(String dtype, String shape, String offsets) {
        return "{'w':{'dtype':'" + dtype + "','shape':" + shape + ",'data_offsets':" + offsets + "}}";
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

    // ---- values

    private static float[] load(Path path, long... shape) throws IOException {
        SafetensorsFile file = new SafetensorsFile(path);
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray array = file.load("w", manager);
            assertThat(array.getShape().getShape()).isEqualTo(shape);
            return array.toFloatArray();
        }
    }

    private static byte[] shorts(int count) {
        ByteBuffer bytes = ByteBuffer.allocate(2 * count).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < count; i++) {
            bytes.putShort((short) i);
        }
        return bytes.array();
    }

    @Test
    void everyBfloat16IsWidenedExactly() throws IOException {
        float[] read = load(file(entry("BF16", "[256,256]", "[0,131072]"), shorts(1 << 16)), 256, 256);
        for (int i = 0; i < read.length; i++) {
            assertThat(Float.floatToRawIntBits(read[i])).isEqualTo(i << 16);
        }
    }

    @Test
    void everyFloat16IsWidenedExactly() throws IOException {
        float[] read = load(file(entry("F16", "[65536]", "[0,131072]"), shorts(1 << 16)), 65536);
        for (int i = 0; i < read.length; i++) {
            float want = widened(i);
            assertThat(Float.isNaN(want) ? Float.isNaN(read[i]) : read[i] == want && sign(read[i]) == sign(want))
                    .as("bits " + i)
                    .isTrue();
        }
    }

    private static int sign(float value) {
        return Float.floatToRawIntBits(value) >>> 31;
    }

    /** IEEE 754 binary16; the JDK has it from 20 on. */
    private static float widened(int bits) {
        int exponent = bits >> 10 & 31;
        int fraction = bits & 1023;
        double magnitude = exponent == 0 ? fraction * 0x1p-24 : (1024 + fraction) * Math.pow(2, exponent - 25);
        if (exponent == 31) {
            magnitude = fraction == 0 ? Double.POSITIVE_INFINITY : Double.NaN;
        }
        return (float) (bits >> 15 == 1 ? -magnitude : magnitude);
    }

    @ParameterizedTest
    @CsvSource({"F32,4", "F16,2", "BF16,2"})
    void valuesAtAnyOffsetOfTheFileAreRead(String dtype, int width) throws IOException {
        for (int shift = 0; shift < 8; shift++) {
            ByteBuffer data = ByteBuffer.allocate(2 * width).order(ByteOrder.LITTLE_ENDIAN);
            float[] want = {1.5f, -2};
            for (float x : want) {
                switch (dtype) {
                    case "F32" -> data.putFloat(x);
                    case "BF16" -> data.putShort((short) (Float.floatToRawIntBits(x) >>> 16));
                    default -> data.putShort((short) (x == 1.5f ? 0x3E00 : 0xC000));
                }
            }
            String header = entry(dtype, "[2]", "[0," + 2 * width + "]") + " ".repeat(shift);
            assertThat(load(file(header, data.array()), 2)).containsExactly(want);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"F32", "F16", "BF16"})
    void aTensorWithoutElementsIsRead(String dtype) throws IOException {
        assertThat(load(file(entry(dtype, "[0,3]", "[0,0]"), new byte[0]), 0, 3))
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"F64,8", "I64,8", "I32,4", "I16,2", "U16,2", "U8,1", "BOOL,1"})
    void dtypesThatAreNotReadAreRefusedByName(String dtype, int width) throws IOException {
        Path path = file(entry(dtype, "[1]", "[0," + width + "]"), new byte[width]);
        assertThatThrownBy(() -> load(path, 1)).isInstanceOf(IOException.class).hasMessageContaining(dtype);
    }
}
