package dev.headlight.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Npy and safetensors, byte by byte. */
class WritersTest {
    @TempDir
    private Path folder;

    private final AnswerMemory kept = new AnswerMemory();

    @AfterEach
    void close() {
        kept.close();
    }

    private Tensor tensor(float[] values, long... shape) {
        String[] dims = new String[shape.length];
        Arrays.fill(dims, "axis");
        return kept.keep(values, shape, dims);
    }

    private static byte[] npy(Tensor tensor) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Npy.write(tensor, out);
        return out.toByteArray();
    }

    @Test
    void npyIsWhatNumPySaves() throws IOException {
        byte[] file = npy(tensor(new float[] {1, -2, 3, 4, 5, 6.5f}, 2, 3));
        String text = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3,), }";
        String header = text + " ".repeat(118 - text.length() - 1) + "\n"; // 10 + 118 is a multiple of 64
        ByteBuffer want = ByteBuffer.allocate(128 + 24).order(ByteOrder.LITTLE_ENDIAN);
        want.put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0}).putShort((short) 118);
        want.put(header.getBytes(StandardCharsets.US_ASCII));
        for (float x : new float[] {1, -2, 3, 4, 5, 6.5f}) {
            want.putFloat(x);
        }
        assertThat(file).isEqualTo(want.array());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"1 | (1,)", "'' | ()", "3,1,1,2 | (3, 1, 1, 2,)", "0,5 | (0, 5,)"})
    void npyHeadersOfAnyShapeAreAlignedAndPythonTuples(String sizes, String tuple) throws IOException {
        long[] shape = sizes.isEmpty()
                ? new long[0]
                : Arrays.stream(sizes.split(",")).mapToLong(Long::parseLong).toArray();
        int size = (int) Tensor.size(shape);
        byte[] file = npy(tensor(new float[size], shape));
        int length = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getShort(8);
        assertThat((10 + length) % 64).isZero();
        assertThat(file).hasSize(10 + length + 4 * size);
        assertThat(new String(file, 10, length, StandardCharsets.US_ASCII))
                .contains("'shape': " + tuple + ", }")
                .endsWith("\n");
    }

    private byte[] safetensors(Map<String, Tensor> tensors, Map<String, String> metadata) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        SafetensorsWriter.write(tensors, metadata, out);
        return out.toByteArray();
    }

    @Test
    void safetensorsHasItsHeaderThenTheValuesInOrder() throws IOException {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        tensors.put("0.z", tensor(new float[] {1, 2}, 1, 2));
        tensors.put("0.a", tensor(new float[] {3}));
        byte[] file = safetensors(tensors, Map.of("response", "{\"x\":1}"));
        String json = "{\"__metadata__\":{\"response\":\"{\\\"x\\\":1}\"},"
                + "\"0.z\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[0,8]},"
                + "\"0.a\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[8,12]}}";
        int padded = (json.length() + 7) / 8 * 8;
        ByteBuffer want = ByteBuffer.allocate(8 + padded + 12).order(ByteOrder.LITTLE_ENDIAN);
        want.putLong(padded).put((json + " ".repeat(padded - json.length())).getBytes(StandardCharsets.US_ASCII));
        want.putFloat(1).putFloat(2).putFloat(3);
        assertThat(new String(file, 8, padded, StandardCharsets.UTF_8)).startsWith(json);
        assertThat(file).isEqualTo(want.array());
    }

    @Test
    void whatIsWrittenIsReadBack() throws IOException {
        float inf = Float.POSITIVE_INFINITY;
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        tensors.put("0.blocks.0.attn.hook_pattern", tensor(new float[] {1, -inf, 3, 4, 5, 6}, 3, 2));
        tensors.put("empty", tensor(new float[0], 0, 2));
        tensors.put("1.ünïcode \"quoted\" 日本", tensor(new float[] {-0.0f}, 1));
        Path path = folder.resolve("out.safetensors");
        Files.write(path, safetensors(tensors, Map.of("response", "日本 \u2028 < > & '")));
        SafetensorsFile file = new SafetensorsFile(path);
        assertThat(file.names()).containsExactlyElementsOf(tensors.keySet());
        try (NDManager manager = NDManager.newBaseManager();
                TensorReader reader = new TensorReader()) {
            for (Map.Entry<String, Tensor> e : tensors.entrySet()) {
                assertThat(file.shape(e.getKey())).isEqualTo(e.getValue().shape());
                assertThat(file.dtype(e.getKey())).isEqualTo("F32");
                assertThat(file.load(e.getKey(), DataType.FLOAT32, true, manager, reader)
                                .toFloatArray())
                        .isEqualTo(e.getValue().toFloats());
            }
        }
    }
}
