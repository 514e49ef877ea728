package dev.headlight.tensor;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.MalformedJsonException;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The header of a safetensors file, checked as a whole: every tensor lies inside the file, has as many bytes as its shape
 * says, and begins where another one ends, so that none overlap and nothing is left over. It is parsed as a
 * stream: what it holds beside the entries takes no memory.
 *
 * @see <a href="https://github.com/huggingface/safetensors#format">format</a>
 */
final class SafetensorsHeader {
    private static final long MAX_BYTES = 100_000_000; // the reference implementation's own bound
    private static final int MAX_AXES = 32;
    private static final int SHOWN = 200; // characters of a name in a message

    /** What the format calls a dtype, and the bytes of one value; all of the format's, so that sizes can be checked. */
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

    /**
     * One tensor.
     *
     * @param dtype the format's own name, such as {@code F32}
     * @param width bytes of one value
     * @param from offset of its first byte in the file
     * @param to of the byte behind its last
     */
    record Entry(String dtype, int width, long[] shape, long from, long to) {
        long size() {
            return (to - from) / width;
        }
    }

    private final String file;
    private final long size;
    private final long start; // of the values

    private SafetensorsHeader(String file, long size, long start) {
        this.file = file;
        this.size = size;
        this.start = start;
    }

    /** @throws IOException if the file is not sound; the message names the file and the fault */
    static Map<String, Entry> read(FileChannel channel, String file) throws IOException {
        long size = channel.size();
        if (size < Long.BYTES) {
            throw fault(file, "it has " + size + " bytes, fewer than the 8 of the header's length");
        }
        long length = read(channel, file, 0, Long.BYTES).getLong();
        if (length < 2 || length > Math.min(MAX_BYTES, size - Long.BYTES)) {
            throw fault(file, "its header would have " + length + " bytes, and the file has " + size);
        }
        SafetensorsHeader header = new SafetensorsHeader(file, size, Long.BYTES + length);
        Map<String, Entry> entries =
                header.entries(read(channel, file, Long.BYTES, (int) length).array());
        header.requireGapless(entries);
        return entries;
    }

    private static ByteBuffer read(FileChannel channel, String file, long at, int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        while (buffer.hasRemaining() && channel.read(buffer, at + buffer.position()) >= 0) {}
        if (buffer.hasRemaining()) {
            throw fault(file, "it ends within its header");
        }
        return buffer.flip();
    }

    private Map<String, Entry> entries(byte[] header) throws IOException {
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
                } else if (entries.put(name, entry(name, json)) != null) {
                    throw fault("tensor " + brief(name) + " is there twice");
                }
            }
            json.endObject();
            if (json.peek() != JsonToken.END_DOCUMENT) { // refuses what follows by itself
                throw new IllegalStateException("not the end");
            }
            return entries;
        } catch (MalformedJsonException | EOFException | CharacterCodingException | IllegalStateException e) {
            throw fault("its header is no JSON object");
        }
    }

    private Entry entry(String name, JsonReader json) throws IOException {
        try {
            String dtype = null;
            long[] shape = null;
            long[] offsets = null;
            Set<String> seen = new HashSet<>();
            json.beginObject();
            while (json.hasNext()) {
                String key = json.nextName();
                if (!seen.add(key)) {
                    throw new IllegalStateException(key);
                }
                switch (key) {
                    case "dtype" -> dtype = dtype(json);
                    case "shape" -> shape = longs(json, MAX_AXES);
                    case "data_offsets" -> offsets = longs(json, 2);
                    default -> json.skipValue();
                }
            }
            json.endObject();
            if (dtype == null || shape == null || offsets == null || offsets.length != 2) {
                throw new IllegalStateException("a field is missing");
            }
            Integer width = WIDTHS.get(dtype);
            if (width == null) {
                throw fault("tensor " + brief(name) + " has the unknown dtype " + brief(dtype));
            }
            Entry entry =
                    new Entry(dtype, width, shape, Math.addExact(start, offsets[0]), Math.addExact(start, offsets[1]));
            requireSound(brief(name), entry);
            return entry;
        } catch (IllegalStateException
                | NumberFormatException
                | ArithmeticException e) { // missing, mistyped, too large
            throw fault("the entry of tensor " + brief(name) + " is malformed");
        }
    }

    private static String dtype(JsonReader json) throws IOException {
        if (json.peek() != JsonToken.STRING) {
            throw new IllegalStateException("dtype is no string");
        }
        return json.nextString();
    }

    private static long[] longs(JsonReader json, int most) throws IOException {
        long[] values = new long[most];
        int count = 0;
        json.beginArray();
        while (json.hasNext()) {
            if (json.peek() != JsonToken.NUMBER || count == most) { // Gson reads "3" as 3
                throw new IllegalStateException("no list of integers");
            }
            values[count++] = Long.parseLong(json.nextString());
        }
        json.endArray();
        return Arrays.copyOf(values, count);
    }

    private void requireSound(String name, Entry entry) throws IOException {
        if (entry.from < start || entry.to < entry.from || entry.to > size) {
            throw fault("tensor " + name + " lies outside the file");
        }
        for (long n : entry.shape) {
            if (n < 0) {
                throw fault("tensor " + name + " has a negative size");
            }
        }
        if (Math.multiplyExact(Tensor.size(entry.shape), entry.width) != entry.to - entry.from) {
            throw fault("tensor " + name + " has another number of bytes than its shape");
        }
    }

    /** As the format has it: an overlap or a hole could hide something from another reader of the file. */
    private void requireGapless(Map<String, Entry> entries) throws IOException {
        List<Map.Entry<String, Entry>> inOrder = entries.entrySet().stream()
                .sorted(Comparator.comparingLong((Map.Entry<String, Entry> e) -> e.getValue().from)
                        .thenComparingLong(e -> e.getValue().to))
                .toList();
        long end = start;
        String before = "the header";
        for (Map.Entry<String, Entry> e : inOrder) {
            String name = "tensor " + brief(e.getKey());
            long gap = e.getValue().from - end;
            if (gap != 0) {
                throw fault(name + (gap < 0 ? " overlaps " + before : " begins " + gap + " bytes behind " + before));
            }
            end = e.getValue().to;
            before = name;
        }
        if (end != size) {
            throw fault(size - end + " bytes follow " + before);
        }
    }

    private static String brief(String name) {
        return name.length() <= SHOWN ? name : name.substring(0, SHOWN) + "…";
    }

    private IOException fault(String what) {
        return fault(file, what);
    }

    static IOException fault(String file, String what) {
        return new IOException(file + ": " + what);
    }
}
