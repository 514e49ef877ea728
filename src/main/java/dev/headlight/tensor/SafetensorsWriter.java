package dev.headlight.tensor;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;

/**
 * Writes safetensors files: the header's length, a JSON header, then the values.
 *
 * @see <a href="https://github.com/huggingface/safetensors#format">format</a>
 */
public final class SafetensorsWriter {
    private SafetensorsWriter() {}

    /**
     * Writes one file of float32 tensors.
     *
     * @param tensors by name, each {@code [dims...]}; written in the order of the map
     * @param metadata the header's {@code __metadata__}
     * @param out stays open
     * @throws IOException if the stream fails
     */
    public static void write(Map<String, Tensor> tensors, Map<String, String> metadata, OutputStream out)
            throws IOException {
        byte[] header = header(tensors, metadata);
        out.write(ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(header.length)
                .array());
        out.write(header);
        for (Tensor tensor : tensors.values()) {
            tensor.stream().transferTo(out);
        }
    }

    private static byte[] header(Map<String, Tensor> tensors, Map<String, String> metadata) {
        JsonObject header = new JsonObject();
        JsonObject text = new JsonObject();
        metadata.forEach(text::addProperty);
        header.add("__metadata__", text);
        long at = 0;
        for (Map.Entry<String, Tensor> entry : tensors.entrySet()) {
            long end = at + entry.getValue().size() * Float.BYTES;
            header.add(entry.getKey(), entry(entry.getValue(), at, end));
            at = end;
        }
        byte[] json = header.toString().getBytes(StandardCharsets.UTF_8);
        byte[] padded = Arrays.copyOf(json, (json.length + 7) / 8 * 8); // the values start at a multiple of 8 bytes
        Arrays.fill(padded, json.length, padded.length, (byte) ' ');
        return padded;
    }

    private static JsonObject entry(Tensor tensor, long from, long to) {
        JsonObject entry = new JsonObject();
        entry.addProperty("dtype", "F32");
        entry.add("shape", numbers(tensor.shape()));
        entry.add("data_offsets", numbers(from, to));
        return entry;
    }

    private static JsonArray numbers(long... values) {
        JsonArray array = new JsonArray();
        Arrays.stream(values).forEach(array::add);
        return array;
    }
}
