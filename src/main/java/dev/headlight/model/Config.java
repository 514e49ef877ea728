package dev.headlight.model;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A checkpoint's {@code config.json}; what is missing or mistyped is refused by name. */
public final class Config {
    private static final long MAX_BYTES = 1 << 20;

    private final JsonObject json;
    private final String path;

    private Config(JsonObject json, String path) {
        this.json = json;
        this.path = path;
    }

    /** @throws ModelRefused if it cannot be read or is no JSON object */
    public static Config read(Path file) {
        return new Config(StrictJson.read(file, MAX_BYTES), "config.json: ");
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
        return integer(key, 1);
    }

    private int integer(String key, int least) {
        int value = read(key, JsonPrimitive::isNumber, p -> p.getAsBigDecimal().intValueExact(), "an integer");
        if (value < least) {
            throw new ModelRefused(path + key + " is " + value + " and must be at least " + least);
        }
        return value;
    }

    public int size(String key, int otherwise) {
        return has(key) ? size(key) : otherwise;
    }

    /** A count: an integer from 0 to 2^31-1. */
    public int count(String key, int otherwise) {
        return has(key) ? integer(key, 0) : otherwise;
    }

    /** The size; null where the key is null, which turns off what is on by default. */
    public @Nullable Integer sizeOrNull(String key, @Nullable Integer otherwise) {
        return json.has(key) ? (has(key) ? size(key) : null) : otherwise;
    }

    public double number(String key) {
        return read(key, JsonPrimitive::isNumber, JsonPrimitive::getAsDouble, "a number");
    }

    public double number(String key, double otherwise) {
        return has(key) ? number(key) : otherwise;
    }

    public @Nullable Double numberOrNull(String key) {
        return has(key) ? number(key) : null;
    }

    /** The number; null where the key is null, which turns off what is on by default. */
    public @Nullable Double numberOrNull(String key, double otherwise) {
        return json.has(key) ? numberOrNull(key) : (Double) otherwise;
    }

    /** A list of numbers. */
    public double[] numbers(String key) {
        return list(key, "a list of numbers", JsonPrimitive::isNumber, JsonPrimitive::getAsDouble).stream()
                .mapToDouble(Double::doubleValue)
                .toArray();
    }

    /** A list of strings. */
    public List<String> strings(String key) {
        return list(key, "a list of strings", JsonPrimitive::isString, JsonPrimitive::getAsString);
    }

    /** What stands there, of whatever type. */
    public JsonElement json(String key) {
        if (!has(key)) {
            throw new ModelRefused(path + key + " is missing");
        }
        return json.get(key);
    }

    private <T> List<T> list(String key, String wanted, Predicate<JsonPrimitive> kind, Function<JsonPrimitive, T> as) {
        List<T> values = new ArrayList<>();
        if (!has(key) || !json.get(key).isJsonArray()) {
            throw new ModelRefused(path + key + " must be " + wanted);
        }
        for (JsonElement e : json.getAsJsonArray(key)) {
            if (!e.isJsonPrimitive() || !kind.test(e.getAsJsonPrimitive())) {
                throw new ModelRefused(path + key + " must be " + wanted);
            }
            values.add(as.apply(e.getAsJsonPrimitive()));
        }
        return values;
    }

    /** An object within; empty where it is missing or null. */
    public Config in(String key) {
        if (!has(key)) {
            return new Config(new JsonObject(), path + key + ".");
        }
        if (!json.get(key).isJsonObject()) {
            throw new ModelRefused(path + key + " must be an object");
        }
        return new Config(json.getAsJsonObject(key), path + key + ".");
    }

    public boolean isEmpty() {
        return json.isEmpty();
    }

    /** @throws ModelRefused unless the key is missing or has this value; for what is not implemented */
    public void refuseUnless(String key, String value) {
        if (has(key) && !json.get(key).toString().replace("\"", "").equals(value)) {
            throw new ModelRefused(path + key + " " + json.get(key) + " is not implemented; there is " + value);
        }
    }

    /** @throws ModelRefused if the key is there, not null, and not false; for what is not implemented */
    public void refuse(String key) {
        if (has(key) && !json.get(key).equals(new JsonPrimitive(false))) {
            throw new ModelRefused(path + key + " is not implemented");
        }
    }

    public boolean flag(String key, boolean otherwise) {
        return has(key) ? read(key, JsonPrimitive::isBoolean, JsonPrimitive::getAsBoolean, "true or false") : otherwise;
    }

    /** @throws ModelRefused for a key that is none of these; for formats whose keys we know all */
    public void refuseUnknown(Set<String> known) {
        for (String key : json.keySet()) {
            if (!known.contains(key)) {
                throw new ModelRefused(path + key + " is not known; there are "
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
            throw new ModelRefused(path + key + " is missing");
        }
        try {
            JsonPrimitive value = json.getAsJsonPrimitive(key);
            if (kind.test(value)) {
                return as.apply(value);
            }
        } catch (ClassCastException | ArithmeticException | NumberFormatException e) {
            throw new ModelRefused(path + key + " must be " + wanted, e);
        }
        throw new ModelRefused(path + key + " must be " + wanted);
    }
}
