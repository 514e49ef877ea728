package dev.headlight.model.checkpoint;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.headlight.model.fault.ModelRefused;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A checkpoint's {@code config.json}, or an object in it. Keys have the names of Transformers. A required key that is
 * missing, and a value of another type, is refused with the path of the key: every reading method throws {@link
 * ModelRefused}.
 *
 * @see <a href="https://huggingface.co/docs/transformers/main_classes/configuration">Transformers, configuration</a>
 */
public final class Config {
    private static final long MAX_BYTES = 1 << 20;

    private final JsonObject json;
    private final String path;

    private Config(JsonObject json, String path) {
        this.json = json;
        this.path = path;
    }

    /**
     * Reads a file of at most 1 MiB.
     *
     * @throws ModelRefused if the file cannot be read or does not hold a JSON object
     */
    public static Config read(Path file) {
        return new Config(StrictJson.read(file, MAX_BYTES), "config.json: ");
    }

    /**
     * The name of the architecture, Transformers' {@code model_type}.
     *
     * @throws ModelRefused if it is missing or is not a string
     */
    public String modelType() {
        return string("model_type");
    }

    /**
     * A required string.
     *
     * @throws ModelRefused if the key is missing or its value is not a string
     */
    public String string(String key) {
        return read(key, JsonPrimitive::isString, JsonPrimitive::getAsString, "a string");
    }

    /** A string, or the default if the key is missing or null. */
    public String string(String key, String otherwise) {
        return has(key) ? string(key) : otherwise;
    }

    /**
     * A required size: an integer from 1 to 2^31-1.
     *
     * @throws ModelRefused if the key is missing or its value is not such an integer
     */
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

    /** A size from 1 to 2^31-1, or the default if the key is missing or null. */
    public int size(String key, int otherwise) {
        return has(key) ? size(key) : otherwise;
    }

    /** A count from 0 to 2^31-1, or the default if the key is missing or null. */
    public int count(String key, int otherwise) {
        return has(key) ? integer(key, 0) : otherwise;
    }

    /** A size from 1 to 2^31-1; the default if the key is missing; null if it is null, which turns a feature off. */
    public @Nullable Integer sizeOrNull(String key, @Nullable Integer otherwise) {
        return json.has(key) ? (has(key) ? size(key) : null) : otherwise;
    }

    /**
     * A required number.
     *
     * @throws ModelRefused if the key is missing or its value is not a number
     */
    public double number(String key) {
        return read(key, JsonPrimitive::isNumber, JsonPrimitive::getAsDouble, "a number");
    }

    /** A number, or the default if the key is missing or null. */
    public double number(String key, double otherwise) {
        return has(key) ? number(key) : otherwise;
    }

    /** A number, or null if the key is missing or null. */
    public @Nullable Double numberOrNull(String key) {
        return has(key) ? number(key) : null;
    }

    /** A number; the default if the key is missing; null if it is null, which turns a feature off. */
    public @Nullable Double numberOrNull(String key, double otherwise) {
        return json.has(key) ? numberOrNull(key) : (Double) otherwise;
    }

    /**
     * A required list of numbers.
     *
     * @throws ModelRefused if the key is missing or its value is not a list of numbers
     */
    public double[] numbers(String key) {
        return list(key, "a list of numbers", JsonPrimitive::isNumber, JsonPrimitive::getAsDouble).stream()
                .mapToDouble(Double::doubleValue)
                .toArray();
    }

    /**
     * A required list of strings.
     *
     * @throws ModelRefused if the key is missing or its value is not a list of strings
     */
    public List<String> strings(String key) {
        return list(key, "a list of strings", JsonPrimitive::isString, JsonPrimitive::getAsString);
    }

    /**
     * A required value of any type.
     *
     * @throws ModelRefused if the key is missing or null
     */
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

    /**
     * A nested object; an empty one if the key is missing or null.
     *
     * @throws ModelRefused if the value is not an object
     */
    public Config in(String key) {
        if (!has(key)) {
            return new Config(new JsonObject(), path + key + ".");
        }
        if (!json.get(key).isJsonObject()) {
            throw new ModelRefused(path + key + " must be an object");
        }
        return new Config(json.getAsJsonObject(key), path + key + ".");
    }

    /** Whether there are no keys. */
    public boolean isEmpty() {
        return json.isEmpty();
    }

    /**
     * Refuses every value except one, for settings that are not implemented.
     *
     * @throws ModelRefused unless the key is missing, is null, or has this value
     */
    public void refuseUnless(String key, String value) {
        if (has(key) && !json.get(key).toString().replace("\"", "").equals(value)) {
            throw new ModelRefused(
                    path + key + " " + json.get(key) + " is not implemented; only " + value + " is supported");
        }
    }

    /**
     * Refuses a key, for features that are not implemented.
     *
     * @throws ModelRefused unless the key is missing, null or false
     */
    public void refuse(String key) {
        if (has(key) && !json.get(key).equals(new JsonPrimitive(false))) {
            throw new ModelRefused(path + key + " is not implemented");
        }
    }

    /** A boolean, or the default if the key is missing or null. */
    public boolean flag(String key, boolean otherwise) {
        return has(key) ? read(key, JsonPrimitive::isBoolean, JsonPrimitive::getAsBoolean, "true or false") : otherwise;
    }

    /**
     * Refuses unknown keys, for formats whose keys are all known.
     *
     * @throws ModelRefused for a key that is not in the set
     */
    public void refuseUnknown(Set<String> known) {
        for (String key : json.keySet()) {
            if (!known.contains(key)) {
                throw new ModelRefused(path + key + " is not known; the known keys are "
                        + known.stream().sorted().toList());
            }
        }
    }

    /** Whether the key exists and is not null. */
    public boolean has(String key) {
        return json.has(key) && !json.get(key).isJsonNull();
    }

    /** @param kind is checked first, because Gson reads "3" as 3 and [3] as 3 */
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
