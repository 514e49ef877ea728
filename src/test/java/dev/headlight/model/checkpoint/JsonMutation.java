package dev.headlight.model.checkpoint;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Breaks JSON: values, keys, structure and syntax. A seed decides all of it. */
class JsonMutation {
    static final Gson GSON = new GsonBuilder().serializeNulls().create();

    /** Bounds of integers and floats, and what is just beyond them. */
    static final List<String> NUMBERS = List.of(
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

    final Random random;

    private final List<String> strings = new ArrayList<>(STRINGS);

    JsonMutation(Random random) {
        this.random = random;
    }

    boolean oneIn(int n) {
        return random.nextInt(n) == 0;
    }

    <T> T any(List<T> of) {
        return of.get(random.nextInt(of.size()));
    }

    byte[] json(byte[] file) {
        String text = json(JsonParser.parseString(new String(file, StandardCharsets.UTF_8)));
        return text.getBytes(StandardCharsets.UTF_8);
    }

    String json(JsonElement tree) {
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
    JsonElement deeper(JsonElement element) {
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
}
