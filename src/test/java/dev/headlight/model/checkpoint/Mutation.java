package dev.headlight.model.checkpoint;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Breaks files of a checkpoint: their bytes, their JSON, and the header of safetensors. A seed decides all of it. */
final class Mutation extends JsonMutation {
    Mutation(Random random) {
        super(random);
    }

    /** @param name tells what kind of file it is */
    byte[] of(String name, byte[] file) {
        if (random.nextInt(5) < 2) {
            return bytes(file);
        }
        return name.endsWith(".json") ? json(file) : safetensors(file);
    }

    private byte[] bytes(byte[] file) {
        byte[] bytes = file.clone();
        for (int times = 1 + random.nextInt(3); times > 0; times--) {
            bytes = once(bytes);
        }
        return bytes;
    }

    private byte[] once(byte[] bytes) {
        if (bytes.length == 0) {
            return random(1 + random.nextInt(64));
        }
        int beginning = oneIn(2) ? bytes.length : Math.min(bytes.length, 256);
        int at = random.nextInt(beginning);
        int length = Math.min(1 + random.nextInt(32), bytes.length - at);
        switch (random.nextInt(7)) {
            case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
            case 1 -> bytes[at] = (byte) random.nextInt();
            case 2 -> Arrays.fill(bytes, at, at + length, (byte) (oneIn(2) ? 0 : 0xFF));
            case 3 -> System.arraycopy(random(length), 0, bytes, at, length);
            case 4 -> bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length));
            case 5 -> bytes = Arrays.copyOf(bytes, bytes.length + 1 + random.nextInt(64));
            default -> bytes = spliced(bytes, at, length);
        }
        return bytes;
    }

    /** Without a piece, or with it twice. */
    private byte[] spliced(byte[] bytes, int at, int length) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(bytes, 0, at);
        if (oneIn(2)) {
            out.write(bytes, at, length);
            out.write(bytes, at, length);
        }
        out.write(bytes, at + length, bytes.length - at - length);
        return out.toByteArray();
    }

    private byte[] random(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private byte[] safetensors(byte[] file) {
        ByteBuffer buffer = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        int length = (int) buffer.getLong();
        String header = new String(file, 8, length, StandardCharsets.UTF_8);
        JsonObject tree = JsonParser.parseString(header).getAsJsonObject();
        byte[] changed = (oneIn(3) ? json(tree) : entries(tree)).getBytes(StandardCharsets.UTF_8);
        long said = oneIn(10) ? (long) JsonParser.parseString(any(NUMBERS)).getAsDouble() : changed.length;
        int data = file.length - 8 - length;
        return ByteBuffer.allocate(8 + changed.length + data)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(said)
                .put(changed)
                .put(file, 8 + length, data)
                .array();
    }

    /** Changes fields of one tensor, or exchanges those of two. */
    private String entries(JsonObject header) {
        List<Map.Entry<String, JsonElement>> all = header.entrySet().stream()
                .filter(e -> !e.getKey().equals("__metadata__"))
                .toList();
        JsonObject one = any(all).getValue().getAsJsonObject();
        JsonObject other = any(all).getValue().getAsJsonObject();
        String key = any(List.of("dtype", "shape", "data_offsets"));
        switch (random.nextInt(4)) {
            case 0 -> {
                JsonElement value = one.get(key);
                one.add(key, other.get(key));
                other.add(key, value);
            }
            case 1 -> one.add(key, other.get(key));
            case 2 ->
                one.add("dtype", new JsonPrimitive(any(List.of("F32", "F16", "BF16", "I16", "F64", "U8", "F8_E4M3"))));
            default -> one.add(key, deeper(one.get(key)));
        }
        return GSON.toJson(header);
    }
}
