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
 * A safetensors file. The constructor checks the whole header before any tensor is read.
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
     * Reads and checks the header.
     *
     * @param path of the file
     * @throws IOException if the file is not a valid safetensors file; the message names the file and the fault
     */
    public SafetensorsFile(Path path) throws IOException {
        this(path, Integer.MAX_VALUE);
    }

    /**
     * Reads and checks the header.
     *
     * @param mostMapped bytes of the largest tensor that is memory-mapped
     */
    SafetensorsFile(Path path, int mostMapped) throws IOException {
        this.path = path;
        this.mostMapped = mostMapped;
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            this.entries = SafetensorsHeader.read(channel, fileName());
        }
    }

    /** Names of all tensors, in the order of the header. */
    public Set<String> names() {
        return entries.keySet();
    }

    /**
     * Shape of one tensor.
     *
     * @throws NullPointerException if the file has no such tensor
     */
    public long[] shape(String name) {
        return named(name).shape().clone();
    }

    /**
     * Dtype of one tensor under its name in the format, such as {@code F32}.
     *
     * @throws NullPointerException if the file has no such tensor
     */
    public String dtype(String name) {
        return named(name).dtype();
    }

    /**
     * Loads one tensor. A mapped tensor is a view of the file without a copy; this needs a CPU tensor below 2 GiB that
     * is stored in the wanted dtype. Any other tensor is read in pieces, with a few MiB of memory beyond the result.
     *
     * @param name of the tensor
     * @param dtype of the result: float32 or float16
     * @param mapped whether to map the file where possible
     * @param manager owns the result; its device is where the values go
     * @param reader reads tensors that are not mapped
     * @return the tensor, in the shape of {@link #shape}: {@code [...]}
     * @throws IOException if reading fails, if the stored dtype is not F32, F16 or BF16, or if a finite value does not
     *     fit into float16
     * @throws NullPointerException if the file has no such tensor
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

    /**
     * Compares a tensor with an array. The tensor is converted to the array's dtype and read in pieces.
     *
     * @param name of the tensor
     * @param array {@code [...]}, any shape
     * @param reader reads the pieces
     * @return whether shapes and all values are equal
     * @throws IOException if reading fails or the stored dtype is not F32, F16 or BF16
     * @throws NullPointerException if the file has no such tensor
     */
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
            throw fault("tensor " + name + " has dtype " + entry.dtype() + "; supported are F32, F16 and BF16");
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

    /** Path of the file. */
    public Path path() {
        return path;
    }

    private String fileName() {
        return String.valueOf(path.getFileName());
    }
}
