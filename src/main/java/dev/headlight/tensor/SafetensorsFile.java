package dev.headlight.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.MalformedJsonException;
import java.io.EOFException;
import java.io.IOException;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * A safetensors file, mapped into memory. Its header is checked as a whole before anything is read.
 *
 * @see <a href="https://github.com/huggingface/safetensors#format">format</a>
 */
public final class SafetensorsFile {
    private static final long MAX_HEADER = 100_000_000; // bytes, the reference implementation's own bound

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

    private record Entry(String dtype, long[] shape, long from, long to) {}

    private final Path path;
    private final Map<String, Entry> entries = new LinkedHashMap<>();

    /**
     * Reads the header.
     *
     * @throws IOException if the file is no sound safetensors file; the message names the file and the fault
     */
    public SafetensorsFile(Path path) throws IOException {
        this.path = path;
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            long size = channel.size();
            long header = headerLength(channel, size);
            JsonObject json = parse(read(channel, 8, header));
            for (Map.Entry<String, JsonElement> e : json.entrySet()) {
                if (!e.getKey().equals("__metadata__")) {
                    entries.put(e.getKey(), entry(e.getKey(), e.getValue(), 8 + header, size));
                }
            }
        }
    }

    public Set<String> names() {
        return entries.keySet();
    }

    public long[] shape(String name) {
        return named(name).shape.clone();
    }

    /** The format's own name, such as {@code F32}. */
    public String dtype(String name) {
        return named(name).dtype;
    }

    /**
     * One tensor as float32. A float32 tensor on the CPU is a view of the mapped file, without a copy; float16 and
     * bfloat16 are widened.
     *
     * @param manager owns the array; its device is where the values go
     * @throws IOException for a dtype that is none of F32, F16, BF16
     */
    public NDArray load(String name, NDManager manager) throws IOException {
        Entry entry = named(name);
        Shape shape = new Shape(entry.shape);
        ByteBuffer bytes = map(entry);
        return switch (entry.dtype) {
            case "F32" -> manager.create(aligned(bytes, Float.BYTES), shape, DataType.FLOAT32);
            case "F16" -> {
                try (NDArray half = manager.create(aligned(bytes, Short.BYTES), shape, DataType.FLOAT16)) {
                    yield half.toType(DataType.FLOAT32, true);
                }
            }
            case "BF16" -> manager.create(widened(name, bytes), shape, DataType.FLOAT32);
            default -> throw fault("tensor " + name + " has dtype " + entry.dtype + "; F32, F16 and BF16 are read");
        };
    }

    private Entry named(String name) {
        return Objects.requireNonNull(entries.get(name), name);
    }

    /** bfloat16 is the upper half of a float32; DJL's engine aborts the JVM when it is handed one. */
    private ByteBuffer widened(String name, ByteBuffer bytes) throws IOException {
        if (bytes.remaining() > Integer.MAX_VALUE / 2) {
            throw fault("tensor " + name + " is larger than 2^31-1 bytes in float32");
        }
        ByteBuffer wide = ByteBuffer.allocateDirect(2 * bytes.remaining()).order(ByteOrder.nativeOrder());
        while (bytes.hasRemaining()) {
            wide.putInt(bytes.getShort() << 16);
        }
        return wide.flip();
    }

    private static ByteBuffer aligned(ByteBuffer bytes, int unit) {
        if (bytes.alignmentOffset(0, unit) == 0) {
            return bytes;
        }
        return ByteBuffer.allocateDirect(bytes.remaining())
                .order(ByteOrder.nativeOrder())
                .put(bytes)
                .flip();
    }

    private ByteBuffer map(Entry entry) throws IOException {
        long length = entry.to - entry.from;
        if (length > Integer.MAX_VALUE) {
            throw fault("a tensor of " + length + " bytes is larger than 2^31-1 bytes");
        }
        if (length == 0) {
            return ByteBuffer.allocateDirect(0);
        }
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            return channel.map(FileChannel.MapMode.READ_ONLY, entry.from, length)
                    .order(ByteOrder.LITTLE_ENDIAN);
        }
    }

    private long headerLength(FileChannel channel, long size) throws IOException {
        if (size < 8) {
            throw fault("it has " + size + " bytes, fewer than the 8 of the header's length");
        }
        long length = read(channel, 0, 8).getLong();
        if (length < 2 || length > Math.min(MAX_HEADER, size - 8)) {
            throw fault("its header would have " + length + " bytes, and the file has " + size);
        }
        return length;
    }

    private ByteBuffer read(FileChannel channel, long at, long length) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate((int) length).order(ByteOrder.LITTLE_ENDIAN);
        while (buffer.hasRemaining() && channel.read(buffer, at + buffer.position()) >= 0) {}
        if (buffer.hasRemaining()) {
            throw fault("it ends within its header");
        }
        return buffer.flip();
    }

    private JsonObject parse(ByteBuffer header) throws IOException {
        JsonObject object = new JsonObject();
        try {
            JsonReader reader = new JsonReader(
                    new StringReader(StandardCharsets.UTF_8.decode(header).toString()));
            reader.beginObject();
            while (reader.hasNext()) {
                String name = reader.nextName();
                if (object.has(name)) { // Gson by itself keeps the last
                    throw fault("tensor " + name + " is there twice");
                }
                object.add(name, JsonParser.parseReader(reader));
            }
            reader.endObject();
            if (reader.peek() != JsonToken.END_DOCUMENT) {
                throw new JsonParseException("something follows the object");
            }
            return object;
        } catch (MalformedJsonException
                | EOFException
                | JsonParseException
                | IllegalStateException
                | StackOverflowError e) {
            throw fault("its header is no JSON object");
        }
    }

    private Entry entry(String name, JsonElement json, long start, long size) throws IOException {
        try {
            JsonObject object = json.getAsJsonObject();
            String dtype = object.getAsJsonPrimitive("dtype").getAsString();
            long[] shape = longs(object.getAsJsonArray("shape"));
            long[] offsets = longs(object.getAsJsonArray("data_offsets"));
            if (offsets.length != 2) {
                throw new IllegalArgumentException();
            }
            Entry entry = new Entry(dtype, shape, Math.addExact(start, offsets[0]), Math.addExact(start, offsets[1]));
            check(name, entry, start, size);
            return entry;
        } catch (RuntimeException e) { // whatever a hostile header may provoke: missing, mistyped, too large
            throw fault("the entry of tensor " + name + " is malformed");
        }
    }

    private void check(String name, Entry entry, long start, long size) throws IOException {
        Integer width = WIDTHS.get(entry.dtype);
        if (width == null) {
            throw fault("tensor " + name + " has the unknown dtype " + entry.dtype);
        }
        if (entry.from < start || entry.to < entry.from || entry.to > size) {
            throw fault("tensor " + name + " lies outside the file");
        }
        for (long n : entry.shape) {
            if (n < 0) {
                throw fault("tensor " + name + " has a negative size");
            }
        }
        if (Math.multiplyExact(Tensor.size(entry.shape), width) != entry.to - entry.from) {
            throw fault("tensor " + name + " has another number of bytes than its shape");
        }
    }

    private static long[] longs(JsonArray array) {
        long[] values = new long[array.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = array.get(i).getAsBigInteger().longValueExact();
        }
        return values;
    }

    private IOException fault(String what) {
        return new IOException(path.getFileName() + ": " + what);
    }
}
