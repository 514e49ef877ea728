package dev.headlight.tensor;

import static dev.headlight.tensor.SafetensorsBytes.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Converts every dtype exactly, and compares tensors with arrays. */
class TensorReaderTest extends OneTensorFile {
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

    /** The value of an IEEE 754 binary16 number. The JDK has this from version 20. */
    private static float widened(int bits) {
        int exponent = bits >> 10 & 31;
        int fraction = bits & 1023;
        double magnitude = exponent == 0 ? fraction * 0x1p-24 : (1024 + fraction) * Math.pow(2, exponent - 25);
        if (exponent == 31) {
            magnitude = fraction == 0 ? Double.POSITIVE_INFINITY : Double.NaN;
        }
        return (float) (bits >> 15 == 1 ? -magnitude : magnitude);
    }

    @Test
    void aHalfFileIsAHalfArrayBitForBit() throws IOException {
        float[] read = load(
                new SafetensorsFile(file(entry("F16", "[65536]", "[0,131072]"), shorts(1 << 16))),
                DataType.FLOAT16,
                1 << 16);
        for (int i = 0; i < read.length; i++) {
            float want = widened(i);
            assertThat(Float.isNaN(want) ? Float.isNaN(read[i]) : read[i] == want)
                    .as("bits " + i)
                    .isTrue();
        }
    }

    @Test
    void float32AndBfloat16BecomeTheNearestHalfAndTiesTheEvenOne() throws IOException {
        float[] wide = {1, -0.0f, 0.1f, 1.00048828125f, 1.00146484375f, 65504, -65504, 1e-9f, Float.POSITIVE_INFINITY};
        float[] half = {1, -0.0f, 0.0999755859375f, 1, 1.001953125f, 65504, -65504, 0, Float.POSITIVE_INFINITY};
        assertThat(load(new SafetensorsFile(floats(wide)), DataType.FLOAT16, wide.length))
                .containsExactly(half);
        float[] both = {1.5f, -3, 0.00390625f, Float.NEGATIVE_INFINITY};
        assertThat(load(new SafetensorsFile(bfloats(both)), DataType.FLOAT16, both.length))
                .containsExactly(both);
        assertThat(load(new SafetensorsFile(floats(Float.NaN)), DataType.FLOAT16, 1))
                .containsExactly(Float.NaN);
    }

    @Test
    void aValueThatHalfCannotHoldIsRefusedByNameAndNeverBecomesInfinite() throws IOException {
        for (Path path : List.of(floats(0, -65505), bfloats(0, -65536), floats(Float.NaN, Float.MAX_VALUE))) {
            SafetensorsFile file = new SafetensorsFile(path);
            assertThatThrownBy(() -> load(file, DataType.FLOAT16, 2))
                    .isInstanceOf(IOException.class)
                    .hasMessageStartingWith("w.safetensors: tensor w holds ")
                    .hasMessageEndingWith("; the largest float16 value is 65504");
            assertThat(load(file, DataType.FLOAT32, 2)[0]).isNotInfinite();
        }
    }

    @ParameterizedTest
    @CsvSource({"F32,4,FLOAT32", "F32,4,FLOAT16", "F16,2,FLOAT32", "F16,2,FLOAT16", "BF16,2,FLOAT32", "BF16,2,FLOAT16"})
    void aTensorOfManyPiecesIsWhole(String dtype, int width, DataType wanted) throws IOException {
        int rows = 5;
        int columns = 700_001; // more than three pieces; the last one is not full
        ByteBuffer data = ByteBuffer.allocate(width * rows * columns).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < rows * columns; i++) {
            int value = i / 1000 % 200; // exact in every dtype
            switch (dtype) {
                case "F32" -> data.putFloat(value);
                case "BF16" -> data.putShort((short) (Float.floatToRawIntBits(value) >>> 16));
                default -> data.putShort((short) half(value));
            }
        }
        String header = entry(dtype, "[" + rows + "," + columns + "]", "[0," + data.capacity() + "]");
        int tooSmall = 1 << 10; // too small to map the tensor
        float[] read = load(new SafetensorsFile(file(header, data.array()), tooSmall), wanted, rows, columns);
        for (int i = 0; i < read.length; i++) {
            if (read[i] != i / 1000 % 200) {
                throw new AssertionError(read[i] + " at " + i);
            }
        }
    }

    /** Bits of a small integer as float16. */
    private static int half(int value) {
        int bits = Float.floatToRawIntBits(value);
        return value == 0 ? 0 : ((bits >>> 23) - 112 << 10) | (bits >>> 13 & 1023);
    }

    @Test
    void aTensorIsComparedWithAnArrayInTheArraysDtypeToItsLastValue() throws IOException {
        int size = (1 << 20) + 1; // two pieces
        float[] values = new float[size];
        Arrays.fill(values, 0.1f);
        SafetensorsFile file = new SafetensorsFile(floats(values));
        try (NDManager manager = NDManager.newBaseManager();
                TensorReader reader = new TensorReader()) {
            for (DataType dtype : new DataType[] {DataType.FLOAT32, DataType.FLOAT16}) {
                NDArray same = manager.create(values).toType(dtype, true);
                assertThat(file.equal("w", same, reader)).isTrue();
                assertThat(file.equal("w", same.reshape(size, 1), reader)).isFalse();
                Ops.put(same, size - 1, manager.create(new float[] {0.2f}));
                assertThat(file.equal("w", same, reader)).isFalse();
            }
        }
    }
}
