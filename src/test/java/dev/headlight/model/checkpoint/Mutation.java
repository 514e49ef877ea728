package dev.headlight.model.checkpoint;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Breaks files of a checkpoint: their bytes, their JSON, and the header of safetensors. A seed decides all of it. */
final class Mutation {
    private static final Gson GSON = new GsonBuilder().serializeNulls().create();

    /** Bounds of integers and floats, and what is just beyond them. */
    private static final List<String> NUMBERS = List.of(
            "0",
            "-0",
            "1",
            "-1",
            "2",
            "3",
            "7",
            "64",
            "1000000000",
            "2147483647",
            "2147483648",
            "-2147483648",
            "4294967295",
            "4294967296",
            "9223372036854775807",
            "9223372036854775808",
            "-9223372036854775808",
            "18446744073709551615",
            "1e19",
            "0.5",
            "1.0",
            "1e-320",
            "1e308",
            "-1e308",
            "1e309",
            "1e999999999",
            "123456789012345678901234567890");

    private static final List<String> STRINGS = List.of(
            "",
            " ",
            "a",
            "\u0000",
            "\uD800",
            "é😀",
            "(",
            "(a+)+$",
            ".*",
            "((((((((",
            "[",
            "\\",
            "..",
            "/etc/passwd",
            "model.safetensors",
            "F16",
            "BF16",
            "F32",
            "F64",
            "U8",
            "BOOL",
            "f32",
            "AAAA",
            "////",
            "BPE",
            "Unigram",
            "WordPiece",
            "Sequence",
            "Precompiled",
            "Strip",
            "FixedLength",
            "TemplateProcessing",
            "gpt2",
            "llama",
            "yarn",
            "longrope");

    private final Random random;
    private final List<String> strings = new ArrayList<>(STRINGS);

    Mutation(Random random) {
        this.random = random;
    }

    /** @param name tells what kind of file it is */
    byte[] of(String name, byte[] file) {
        if (random.nextInt(5) < 2) {
            return bytes(file);
        }
        return name.endsWith(".json") ? json(file) : safetensors(file);
    }

    private boolean oneIn(int n) {
        return random.nextInt(n) == 0;
    }

    private <T> T any(List<T> of) {
        return of.get(random.nextInt(of.size()));
    }

    // ---- bytes

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

    // ---- JSON

    private byte[] json(byte[] file) {
        String text = json(JsonParser.parseString(new String(file, StandardCharsets.UTF_8)));
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private String json(JsonElement tree) {
        collect(tree);
        JsonElement changed = tree;
        for (int times = 1 + random.nextInt(3); times > 0; times--) {
            changed = deeper(changed);
        }
        String text = GSON.toJson(changed);
        if (oneIn(20)) { // a key or a value twice, levels without end
            int at = random.nextInt(text.length() + 1);
            String more = any(List.of("{", "[", "\"a\":1,", "{\"a\":[", ",", "\"", "NaN", "\\u", "/*"));
            text = text.substring(0, at) + more.repeat(oneIn(2) ? 1 : 20_000) + text.substring(at);
        }
        return text;
    }

    private void collect(JsonElement element) {
        if (element instanceof JsonObject object) {
            object.entrySet().stream().limit(40).forEach(e -> {
                strings.add(e.getKey());
                collect(e.getValue());
            });
        } else if (element instanceof JsonArray array) {
            array.asList().stream().limit(40).forEach(this::collect);
        }
    }

    /** Changes this element or one below it; each level is as likely, so that a vocabulary does not hide the rest. */
    private JsonElement deeper(JsonElement element) {
        if (oneIn(4)) {
            return changed(element);
        }
        if (element instanceof JsonObject object && !object.isEmpty()) {
            String key = any(List.copyOf(object.keySet()));
            JsonObject copy = object.deepCopy();
            copy.add(key, deeper(object.get(key)));
            return copy;
        }
        if (element instanceof JsonArray array && !array.isEmpty()) {
            JsonArray copy = array.deepCopy();
            int at = random.nextInt(array.size());
            copy.set(at, deeper(array.get(at)));
            return copy;
        }
        return changed(element);
    }

    private JsonElement changed(JsonElement element) {
        if (oneIn(4)) {
            return anything();
        }
        if (element instanceof JsonObject object) {
            return object(object.deepCopy());
        }
        if (element instanceof JsonArray array) {
            return array(array.deepCopy());
        }
        if (element instanceof JsonPrimitive value && value.isNumber()) {
            return number(value);
        }
        return element instanceof JsonPrimitive value && value.isBoolean()
                ? new JsonPrimitive(!value.getAsBoolean())
                : new JsonPrimitive(any(strings));
    }

    private JsonElement number(JsonPrimitive value) {
        double times = any(List.of(2.0, 0.5, 3.0, -1.0, 1.5, 1 / 3.0)) * value.getAsDouble();
        return oneIn(2) || Double.isInfinite(times)
                ? JsonParser.parseString(any(NUMBERS))
                : times == Math.rint(times) ? new JsonPrimitive((long) times) : new JsonPrimitive(times);
    }

    private JsonElement anything() {
        return switch (random.nextInt(7)) {
            case 0 -> JsonNull.INSTANCE;
            case 1 -> new JsonPrimitive(random.nextBoolean());
            case 2 -> new JsonArray();
            case 3 -> new JsonObject();
            case 4, 5 -> JsonParser.parseString(any(NUMBERS));
            default -> new JsonPrimitive(any(strings));
        };
    }

    private JsonElement object(JsonObject object) {
        List<String> keys = List.copyOf(object.keySet());
        if (keys.isEmpty() || oneIn(4)) {
            object.add(any(strings), anything());
            return object;
        }
        String key = any(keys);
        JsonElement value = object.remove(key);
        switch (random.nextInt(4)) {
            case 0 -> object.add(any(keys), value);
            case 1 -> object.add(any(strings), value);
            case 2 -> object.add(key, object.isEmpty() ? anything() : object.get(any(List.copyOf(object.keySet()))));
            default -> {} // gone
        }
        return object;
    }

    private JsonElement array(JsonArray array) {
        if (array.isEmpty() || oneIn(4)) {
            array.add(anything());
            return array;
        }
        JsonElement one = array.get(random.nextInt(array.size()));
        switch (random.nextInt(4)) {
            case 0 -> array.add(one);
            case 1 -> array.remove(one);
            case 2 -> array.set(random.nextInt(array.size()), one);
            default -> array = new JsonArray();
        }
        return array;
    }

    // ---- safetensors

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
