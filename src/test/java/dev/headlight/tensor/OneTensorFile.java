package dev.headlight.tensor;

import static dev.headlight.tensor.SafetensorsBytes.entry;
import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** Writes a safetensors file with one tensor {@code w}, and loads it. */
abstract class OneTensorFile {
    @TempDir
    private Path folder;

    Path file(String header, byte[] data) throws IOException {
        return Files.write(
                folder.resolve("w.safetensors"),
                SafetensorsBytes.of(header, data).array());
    }

    static float[] load(Path path, long... shape) throws IOException {
        return load(new SafetensorsFile(path), DataType.FLOAT32, shape);
    }

    /** Loads the tensor in a dtype and returns its values as float32. */
    static float[] load(SafetensorsFile file, DataType dtype, long... shape) throws IOException {
        try (NDManager manager = NDManager.newBaseManager();
                TensorReader reader = new TensorReader()) {
            NDArray array = file.load("w", dtype, true, manager, reader);
            assertThat(array.getShape().getShape()).isEqualTo(shape);
            assertThat(array.getDataType()).isEqualTo(dtype);
            return array.toType(DataType.FLOAT32, false).toFloatArray();
        }
    }

    Path floats(float... values) throws IOException {
        ByteBuffer data = ByteBuffer.allocate(Float.BYTES * values.length).order(ByteOrder.LITTLE_ENDIAN);
        data.asFloatBuffer().put(values);
        return file(entry("F32", "[" + values.length + "]", "[0," + data.capacity() + "]"), data.array());
    }

    Path bfloats(float... values) throws IOException {
        ByteBuffer data = ByteBuffer.allocate(Short.BYTES * values.length).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            data.putShort((short) (Float.floatToRawIntBits(value) >>> 16));
        }
        return file(entry("BF16", "[" + values.length + "]", "[0," + data.capacity() + "]"), data.array());
    }
}
