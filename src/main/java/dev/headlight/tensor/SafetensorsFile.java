package dev.headlight.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * A safetensors file. Its header is checked as a whole before anything is read.
 *
 * @see <a href="https://github.com/huggingface/safetensors#format">format</a>
 */
public final class SafetensorsFile {
    private static final Map<String, DataType> SAME = Map.of("F32", DataType.FLOAT32, "F16", DataType.FLOAT16);
    private static final Set<String> READ = Set.of("F32", "F16", "BF16");

    private final Path path;
    private final int mostMapped;
    private final Map<String, SafetensorsHeader.Entry> entries;

    /**
     * Reads the header.
     *
     * @throws IOException if the file is no sound safetensors file; the message names the file and the fault
     */
    public SafetensorsFile(Path path) throws IOException {
        this(path, Integer.MAX_VALUE);
    }

    /** @param mostMapped bytes of the largest tensor that one mapping holds */
    SafetensorsFile(Path path, int mostMapped) throws IOException {
        this.path = path;
        this.mostMapped = mostMapped;
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            this.entries = SafetensorsHeader.read(channel, fileName());
        }
    }

    public Set<String> names() {
        return entries.keySet();
    }

    public long[] shape(String name) {
        return named(name).shape().clone();
    }

    /** The format's own name, such as {@code F32}. */
    public String dtype(String name) {
        return named(name).dtype();
    }

    /**
     * One tensor. Where that is asked for, one of the dtype that is wanted and of less than 2 GiB is on the CPU a view of
     * the mapped file, without a copy. All else is read into memory of its own, in pieces: beside the result there are never more than a few MiB.
     *
     * @param dtype float32 or float16
     * @param manager owns the array; its device is where the values go
     * @param reader reads what cannot be a view
     * @throws IOException for a dtype that is none of F32, F16, BF16, and for a finite value that float16 cannot hold
     */
    public NDArray load(String name, DataType dtype, boolean mapped, NDManager manager, TensorReader reader)
            throws IOException {
        SafetensorsHeader.Entry entry = readable(name);
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            if (mapped && dtype == SAME.get(entry.dtype()) && isMappable(entry)) {
                MappedByteBuffer bytes =
                        channel.map(FileChannel.MapMode.READ_ONLY, entry.from(), entry.to() - entry.from());
                return manager.create(bytes, new Shape(entry.shape()), dtype);
            }
            NDArray array = manager.create(new Shape(entry.shape()), dtype);
            try {
                reader.read(channel, entry, array);
            } catch (IOException e) {
                throw fault("tensor " + name + " " + e.getMessage());
            }
            return array;
        }
    }

    /** Whether a tensor has the shape and, in the dtype of an array, the values of that array; read in pieces. */
    public boolean equal(String name, NDArray array, TensorReader reader) throws IOException {
        SafetensorsHeader.Entry entry = readable(name);
        if (!new Shape(entry.shape()).equals(array.getShape())) {
            return false;
        }
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            return reader.equal(channel, entry, array);
        }
    }

    private SafetensorsHeader.Entry readable(String name) throws IOException {
        SafetensorsHeader.Entry entry = named(name);
        if (!READ.contains(entry.dtype())) {
            throw fault("tensor " + name + " has dtype " + entry.dtype() + "; F32, F16 and BF16 are read");
        }
        return entry;
    }

    private boolean isMappable(SafetensorsHeader.Entry entry) {
        long bytes = entry.to() - entry.from();
        return bytes > 0 && bytes <= mostMapped && entry.from() % entry.width() == 0;
    }

    private SafetensorsHeader.Entry named(String name) {
        return Objects.requireNonNull(entries.get(name), name);
    }

    private IOException fault(String what) {
        return SafetensorsHeader.fault(fileName(), what);
    }

    public Path path() {
        return path;
    }

    private String fileName() {
        return String.valueOf(path.getFileName());
    }
}
