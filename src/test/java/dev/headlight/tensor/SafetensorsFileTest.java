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
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
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
        return load(new SafetensorsFile(path), DataType.FLOAT32, shape);
    }

    /** The values as float32, whatever they were loaded as. */
    private static float[] load(SafetensorsFile file, DataType dtype, long... shape) throws IOException {
        try (NDManager manager = NDManager.newBaseManager();
                TensorReader reader = new TensorReader()) {
            NDArray array = file.load("w", dtype, true, manager, reader);
            assertThat(array.getShape().getShape()).isEqualTo(shape);
            assertThat(array.getDataType()).isEqualTo(dtype);
            return array.toType(DataType.FLOAT32, false).toFloatArray();
        }
    }

    private Path floats(float... values) throws IOException {
        ByteBuffer data = ByteBuffer.allocate(Float.BYTES * values.length).order(ByteOrder.LITTLE_ENDIAN);
        data.asFloatBuffer().put(values);
        return file(entry("F32", "[" + values.length + "]", "[0," + data.capacity() + "]"), data.array());
    }

    private Path bfloats(float... values) throws IOException {
        ByteBuffer data = ByteBuffer.allocate(Short.BYTES * values.length).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            data.putShort((short) (Float.floatToRawIntBits(value) >>> 16));
        }
        return file(entry("BF16", "[" + values.length + "]", "[0," + data.capacity() + "]"), data.array());
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
        int columns = 700_001; // more than three pieces, and the last is not full
        ByteBuffer data = ByteBuffer.allocate(width * rows * columns).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < rows * columns; i++) {
            int value = i / 1000 % 200; // exact in all of them
            switch (dtype) {
                case "F32" -> data.putFloat(value);
                case "BF16" -> data.putShort((short) (Float.floatToRawIntBits(value) >>> 16));
                default -> data.putShort((short) half(value));
            }
        }
        String header = entry(dtype, "[" + rows + "," + columns + "]", "[0," + data.capacity() + "]");
        int tooSmall = 1 << 10; // so that nothing is mapped
        float[] read = load(new SafetensorsFile(file(header, data.array()), tooSmall), wanted, rows, columns);
        for (int i = 0; i < read.length; i++) {
            if (read[i] != i / 1000 % 200) {
                throw new AssertionError(read[i] + " at " + i);
            }
        }
    }

    /** Bits of a small whole number as float16. */
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

    /** A view shows what is written to the file later; a copy does not. */
    @ParameterizedTest
    @CsvSource({"F32,4,FLOAT32,true", "F16,2,FLOAT16,true", "F32,4,FLOAT16,false", "F16,2,FLOAT32,false"})
    void whatNeedsNoConversionIsAViewOfTheFile(String dtype, int width, DataType wanted, boolean view)
            throws IOException {
        String header = entry(dtype, "[2]", "[0," + 2 * width + "]");
        Path path = file(header + " ".repeat(8 - header.length() % 8), new byte[2 * width]);
        try (NDManager manager = NDManager.newBaseManager();
                TensorReader reader = new TensorReader();
                FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
            NDArray array = new SafetensorsFile(path).load("w", wanted, true, manager, reader);
            byte[] bits = dtype.equals("F32") ? new byte[] {0, 0, (byte) 0x80, 0x3F} : new byte[] {0, 0x3C};
            channel.write(ByteBuffer.wrap(bits), Files.size(path) - width);
            assertThat(array.toType(DataType.FLOAT32, false).toFloatArray()).containsExactly(0, view ? 1 : 0);
        }
    }

    @Test
    void aFileCutOffAfterItsHeaderWasReadIsRefused() throws IOException {
        Path path = bfloats(1, 2, 3);
        SafetensorsFile file = new SafetensorsFile(path);
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
            channel.truncate(Files.size(path) - 1);
        }
        assertThatThrownBy(() -> load(file, DataType.FLOAT32, 3))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("tensor w lies outside the file");
    }

    /** The embedding of Llama 3 in float32: larger than one mapping, and than one Java array. */
    @Test
    @Tag("slow")
    void aTensorOfMoreThanTwoGibibytesIsRead() throws IOException {
        long rows = 128_256;
        long bytes = rows * 4096 * Float.BYTES;
        Path path = file(entry("F32", "[" + rows + ",4096]", "[0," + bytes + "]"), new byte[0]);
        long start = Files.size(path);
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) { // the rest are holes, read as 0
            ByteBuffer value = ByteBuffer.allocate(Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            channel.write(value.putFloat(0, 7), start + (rows - 1) * 4096 * Float.BYTES);
            channel.write(value.clear().putFloat(0, 9), start + bytes - Float.BYTES);
        }
        try (NDManager manager = NDManager.newBaseManager();
                TensorReader reader = new TensorReader()) {
            NDArray array = new SafetensorsFile(path).load("w", DataType.FLOAT32, true, manager, reader);
            assertThat(array.getShape().getShape()).containsExactly(rows, 4096);
            float[] last = Ops.row(array, rows - 1).toFloatArray();
            assertThat(last[0]).isEqualTo(7);
            assertThat(last[4095]).isEqualTo(9);
            assertThat(Ops.row(array, 70_000).toFloatArray()).containsOnly(0);
        }
    }
}
