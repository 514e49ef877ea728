package dev.headlight.model.checkpoint;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import com.google.gson.Strictness;
import com.google.gson.ToNumberPolicy;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.MalformedJsonException;
import dev.headlight.model.fault.ModelRefused;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Reads the JSON files of a checkpoint strictly as RFC 8259 defines it. Repeated keys, numbers that do not fit float64,
 * unpaired surrogates and more than 100 levels are refused too, because other readers may interpret them differently.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc8259">RFC 8259</a>
 */
public final class StrictJson {
    private static final int MOST_LEVELS = 100;

    private StrictJson() {}

    /**
     * Reads a file that holds one object.
     *
     * @throws ModelRefused if the file cannot be read, does not hold one object, or is larger than {@code mostBytes}
     */
    public static JsonObject read(Path file, long mostBytes) {
        BrokenFile.refuse(file);
        try {
            if (Files.size(file) > mostBytes) {
                throw new ModelRefused(file.getFileName() + " is larger than " + mostBytes + " bytes");
            }
            return parse(Files.readString(file));
        } catch (CharacterCodingException e) {
            throw new ModelRefused(file.getFileName() + " cannot be read: it is not UTF-8", e);
        } catch (IOException | IllegalStateException e) {
            throw new ModelRefused(file.getFileName() + " cannot be read: " + why(e), e);
        }
    }

    /** Gson's message without its advice to programmers. */
    private static String why(Exception e) {
        String first = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
        return first.replaceFirst("^Use JsonReader\\.setStrictness.* JSON", "it is not JSON");
    }

    private static JsonObject parse(String text) throws IOException {
        JsonReader reader = new JsonReader(new StringReader(text));
        reader.setStrictness(Strictness.STRICT);
        reader.setNestingLimit(MOST_LEVELS);
        JsonObject object = object(reader);
        if (reader.peek() != JsonToken.END_DOCUMENT) { // peek itself refuses trailing text
            throw new IllegalStateException("the object does not end" + at(reader));
        }
        return object;
    }

    private static JsonElement element(JsonReader reader) throws IOException {
        return switch (reader.peek()) {
            case BEGIN_OBJECT -> object(reader);
            case BEGIN_ARRAY -> array(reader);
            case STRING -> new JsonPrimitive(sound(reader.nextString(), reader));
            case NUMBER -> number(reader);
            case BOOLEAN -> new JsonPrimitive(reader.nextBoolean());
            case NULL -> {
                reader.nextNull();
                yield JsonNull.INSTANCE;
            }
            case NAME, END_OBJECT, END_ARRAY, END_DOCUMENT -> throw new IllegalStateException(at(reader));
        };
    }

    private static JsonObject object(JsonReader reader) throws IOException {
        JsonObject object = new JsonObject();
        reader.beginObject();
        while (reader.hasNext()) {
            String key = sound(reader.nextName(), reader);
            if (object.has(key)) {
                throw new MalformedJsonException("a key is repeated" + at(reader));
            }
            object.add(key, element(reader));
        }
        reader.endObject();
        return object;
    }

    private static JsonArray array(JsonReader reader) throws IOException {
        JsonArray array = new JsonArray();
        reader.beginArray();
        while (reader.hasNext()) {
            array.add(element(reader));
        }
        reader.endArray();
        return array;
    }

    private static JsonPrimitive number(JsonReader reader) throws IOException {
        Number number =
                ToNumberPolicy.LAZILY_PARSED_NUMBER.readNumber(reader); // keeps the text, so that 3 stays an integer
        if (Double.isInfinite(number.doubleValue())) {
            throw new MalformedJsonException("a number does not fit float64" + at(reader));
        }
        return new JsonPrimitive(number);
    }

    private static String sound(String text, JsonReader reader) throws MalformedJsonException {
        if (text.codePoints().anyMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE)) {
            throw new MalformedJsonException("an unpaired surrogate is not a character" + at(reader));
        }
        return text;
    }

    private static String at(JsonReader reader) {
        return " at " + reader.getPath();
    }
}
