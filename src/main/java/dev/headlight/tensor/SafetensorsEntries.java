package dev.headlight.tensor;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.MalformedJsonException;
import dev.headlight.tensor.SafetensorsHeader.Entry;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Parses the JSON of a safetensors header and checks each entry. The JSON is parsed as a stream, so metadata takes no
 * memory.
 *
 * @see <a href="https://github.com/huggingface/safetensors#format">safetensors format</a>
 */
final class SafetensorsEntries {
    private static final int MAX_AXES = 32;

    /**
     * Bytes of one value, by the format's name of the dtype. Has all dtypes of the format, so that sizes can be
     * checked.
     */
    private static final Map<String, Integer> WIDTHS = Map.ofEntries(
            Map.entry("F64", 8),
            Map.entry("F32", 4),
            Map.entry("F16", 2),
            Map.entry("BF16", 2),
            Map.entry("I64", 8),
            Map.entry("I32", 4),
            Map.entry("I16", 2),
            Map.entry("I8", 1),
            Map.entry("U64", 8),
            Map.entry("U32", 4),
            Map.entry("U16", 2),
            Map.entry("U8", 1),
            Map.entry("BOOL", 1));

    private final String file;
    private final long start;
    private final long size;

    /**
     * A parser for one file.
     *
     * @param file name for messages
     * @param start offset of the first value
     * @param size bytes of the file
     */
    SafetensorsEntries(String file, long start, long size) {
        this.file = file;
        this.start = start;
        this.size = size;
    }

    /**
     * Parses the header.
     *
     * @param header JSON in UTF-8
     * @return tensors by name, in the order of the header
     * @throws IOException if the JSON or an entry is not valid
     */
    Map<String, Entry> parse(byte[] header) throws IOException {
        JsonReader json = new JsonReader(
                new InputStreamReader(new ByteArrayInputStream(header), StandardCharsets.UTF_8.newDecoder()));
        json.setStrictness(Strictness.STRICT);
        Map<String, Entry> entries = new LinkedHashMap<>();
        try {
            json.beginObject();
            while (json.hasNext()) {
                String name = json.nextName();
                if (name.equals("__metadata__")) {
                    json.skipValue();
                } else if (entries.put(name, entry(SafetensorsHeader.brief(name), json)) != null) {
                    throw fault("tensor " + SafetensorsHeader.brief(name) + " is repeated");
                }
            }
            json.endObject();
            if (json.peek() != JsonToken.END_DOCUMENT) { // peek itself throws if more JSON follows
                throw new IllegalStateException("more follows");
            }
            return entries;
        } catch (MalformedJsonException | EOFException | CharacterCodingException | IllegalStateException e) {
            throw fault("its header is not a JSON object");
        }
    }

    private Entry entry(String name, JsonReader json) throws IOException {
        try {
            Entry entry = fields(name, json);
            requireSound(name, entry);
            return entry;
        } catch (IllegalStateException
                | NumberFormatException
                | ArithmeticException e) { // a field is missing, of another type, or too large
            throw fault("the entry of tensor " + name + " is malformed");
        }
    }

    private Entry fields(String name, JsonReader json) throws IOException {
        String dtype = null;
        long[] shape = null;
        long[] offsets = null;
        Set<String> seen = new HashSet<>();
        json.beginObject();
        while (json.hasNext()) {
            String key = json.nextName();
            if (!seen.add(key)) {
                throw new IllegalStateException(key + " is repeated");
            }
            switch (key) {
                case "dtype" -> dtype = dtype(json);
                case "shape" -> shape = longs(json, MAX_AXES);
                case "data_offsets" -> offsets = longs(json, 2);
                default -> json.skipValue();
            }
        }
        json.endObject();
        return entry(name, dtype, shape, offsets);
    }

    private Entry entry(String name, @Nullable String dtype, long @Nullable [] shape, long @Nullable [] offsets)
            throws IOException {
        if (dtype == null || shape == null || offsets == null || offsets.length != 2) {
            throw new IllegalStateException("a field is missing");
        }
        Integer width = WIDTHS.get(dtype);
        if (width == null) {
            throw fault("tensor " + name + " has the unknown dtype " + SafetensorsHeader.brief(dtype));
        }
        return new Entry(dtype, width, shape, Math.addExact(start, offsets[0]), Math.addExact(start, offsets[1]));
    }

    private static String dtype(JsonReader json) throws IOException {
        if (json.peek() != JsonToken.STRING) {
            throw new IllegalStateException("dtype is not a string");
        }
        return json.nextString();
    }

    private static long[] longs(JsonReader json, int most) throws IOException {
        long[] values = new long[most];
        int count = 0;
        json.beginArray();
        while (json.hasNext()) {
            if (json.peek() != JsonToken.NUMBER || count == most) { // Gson would read "3" as 3
                throw new IllegalStateException("not a list of at most " + most + " integers");
            }
            values[count++] = Long.parseLong(json.nextString());
        }
        json.endArray();
        return Arrays.copyOf(values, count);
    }

    private void requireSound(String name, Entry entry) throws IOException {
        if (entry.from() < start || entry.to() < entry.from() || entry.to() > size) {
            throw fault("tensor " + name + " lies outside the file, which has " + size
                    + " bytes and is cut off or damaged: copy it again");
        }
        for (long n : entry.shape()) {
            if (n < 0) {
                throw fault("tensor " + name + " has a negative size");
            }
        }
        if (Math.multiplyExact(Tensor.size(entry.shape()), entry.width()) != entry.to() - entry.from()) {
            throw fault("tensor " + name + " has a number of bytes that does not match its shape");
        }
    }

    private IOException fault(String what) {
        return SafetensorsHeader.fault(file, what);
    }
}
