package dev.headlight.tensor;

import static dev.headlight.tensor.SafetensorsBytes.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
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

/** Values of every dtype that is read, exactly. */
class SafetensorsFileTest {
    @TempDir
    private Path folder;

    private Path file(String header, byte[] data) throws IOException {
        return Files.write(
                folder.resolve("w.safetensors"),
                SafetensorsBytes.of(header, data).array());
    }

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
