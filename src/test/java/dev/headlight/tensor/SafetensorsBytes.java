package dev.headlight.tensor;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Safetensors files by hand, sound or not. */
final class SafetensorsBytes {
    private SafetensorsBytes() {}

    /** @param header JSON, with single quotes for brevity */
    static ByteBuffer of(String header, byte[] data) {
        byte[] json = header.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(8 + json.length + data.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(json.length)
                .put(json)
                .put(data);
    }

    /** The header of a file with the one tensor {@code w}. */
    static String entry(String dtype, String shape, String offsets) {
        return "{'w':{'dtype':'" + dtype + "','shape':" + shape + ",'data_offsets':" + offsets + "}}";
    }
}
