package dev.headlight.model;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A checkpoint's {@code config.json}; what is missing or mistyped is refused by name. */
public final class Config {
    private static final long MAX_BYTES = 1 << 20;

    private final JsonObject json;

    private Config(JsonObject json) {
        this.json = json;
    }

    /** @throws ModelRefused if it cannot be read or is no JSON object */
    public static Config read(Path file) {
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw new ModelRefused("config.json is larger than " + MAX_BYTES + " bytes");
            }
            return new Config(JsonParser.parseString(Files.readString(file)).getAsJsonObject());
        } catch (IOException | JsonParseException | IllegalStateException | StackOverflowError e) {
            throw new ModelRefused("config.json cannot be read: " + e.getMessage(), e);
        }
    }

    /** The architecture's name, Transformers' {@code model_type}. */
    public String modelType() {
        return string("model_type");
    }

    public String string(String key) {
        return read(key, JsonElement::getAsString, "a string");
    }

    public String string(String key, String otherwise) {
        return has(key) ? string(key) : otherwise;
    }

    /** A size: an integer from 1 to 2^31-1. */
    public int size(String key) {
        int value = read(key, e -> e.getAsBigDecimal().intValueExact(), "an integer");
        if (value < 1) {
            throw new ModelRefused("config.json: " + key + " is " + value + " and must be at least 1");
        }
        return value;
    }

    public int size(String key, int otherwise) {
        return has(key) ? size(key) : otherwise;
    }

    public double number(String key, double otherwise) {
        return has(key) ? read(key, JsonElement::getAsDouble, "a number") : otherwise;
    }

    public boolean flag(String key, boolean otherwise) {
        return has(key)
                ? read(
                        key,
                        e -> {
                            if (!e.getAsJsonPrimitive().isBoolean()) {
                                throw new IllegalStateException();
                            }
                            return e.getAsBoolean();
                        },
                        "true or false")
                : otherwise;
    }

    /** Whether the key is there and not null. */
    public boolean has(String key) {
        return json.has(key) && !json.get(key).isJsonNull();
    }

    private <T> T read(String key, java.util.function.Function<JsonElement, T> as, String kind) {
        if (!has(key)) {
            throw new ModelRefused("config.json: " + key + " is missing");
        }
        try {
            return as.apply(json.get(key));
        } catch (RuntimeException e) { // Gson throws several kinds for a value of another type
            throw new ModelRefused("config.json: " + key + " must be " + kind, e);
        }
    }
}
