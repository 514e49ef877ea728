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
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Loads tensors of any place, size and supported dtype, as views or copies. */
class SafetensorsFileTest extends OneTensorFile {
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

    /** The embedding of Llama 3 in float32, which is larger than one mapping or Java array can be. */
    @Test
    @Tag("slow")
    void aTensorOfMoreThanTwoGibibytesIsRead() throws IOException {
        long rows = 128_256;
        long bytes = rows * 4096 * Float.BYTES;
        Path path = file(entry("F32", "[" + rows + ",4096]", "[0," + bytes + "]"), new byte[0]);
        long start = Files.size(path);
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) { // the holes read as 0
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
