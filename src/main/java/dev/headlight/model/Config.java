package dev.headlight.model;

import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;

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
        return read(key, JsonPrimitive::isString, JsonPrimitive::getAsString, "a string");
    }

    public String string(String key, String otherwise) {
        return has(key) ? string(key) : otherwise;
    }

    /** A size: an integer from 1 to 2^31-1. */
    public int size(String key) {
        int value = read(key, JsonPrimitive::isNumber, p -> p.getAsBigDecimal().intValueExact(), "an integer");
        if (value < 1) {
            throw new ModelRefused("config.json: " + key + " is " + value + " and must be at least 1");
        }
        return value;
    }

    public int size(String key, int otherwise) {
        return has(key) ? size(key) : otherwise;
    }

    public double number(String key, double otherwise) {
        return has(key) ? read(key, JsonPrimitive::isNumber, JsonPrimitive::getAsDouble, "a number") : otherwise;
    }

    public boolean flag(String key, boolean otherwise) {
        return has(key) ? read(key, JsonPrimitive::isBoolean, JsonPrimitive::getAsBoolean, "true or false") : otherwise;
    }

    /** @throws ModelRefused for a key that is none of these; for formats whose keys we know all */
    public void refuseUnknown(Set<String> known) {
        for (String key : json.keySet()) {
            if (!known.contains(key)) {
                throw new ModelRefused("config.json: " + key + " is not known; there are "
                        + known.stream().sorted().toList());
            }
        }
    }

    /** Whether the key is there and not null. */
    public boolean has(String key) {
        return json.has(key) && !json.get(key).isJsonNull();
    }

    /** @param kind checked first, because Gson reads "3" as 3 and [3] as 3 */
    private <T> T read(String key, Predicate<JsonPrimitive> kind, Function<JsonPrimitive, T> as, String wanted) {
        if (!has(key)) {
            throw new ModelRefused("config.json: " + key + " is missing");
        }
        try {
            JsonPrimitive value = json.getAsJsonPrimitive(key);
            if (kind.test(value)) {
                return as.apply(value);
            }
        } catch (ClassCastException | ArithmeticException | NumberFormatException e) {
            throw new ModelRefused("config.json: " + key + " must be " + wanted, e);
        }
        throw new ModelRefused("config.json: " + key + " must be " + wanted);
    }
}
