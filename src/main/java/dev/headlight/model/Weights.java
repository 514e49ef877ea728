package dev.headlight.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import dev.headlight.tensor.NativeMemory;
import dev.headlight.tensor.SafetensorsFile;
import dev.headlight.tensor.TensorReader;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/**
 * A checkpoint's named tensors, seen below a prefix, while they are being loaded. What is missing, mis-shaped or left over
 * is refused by name.
 */
public class Weights implements AutoCloseable {
    private final Map<String, SafetensorsFile> files;
    private final NDManager manager;
    private final DataType dtype;
    private final TensorReader reader;
    private final Set<String> used;
    private final String prefix;

    Weights(Map<String, SafetensorsFile> files, NDManager manager, DataType dtype) {
        this(files, manager, dtype, new TensorReader(), new HashSet<>(), "");
    }

    private Weights(
            Map<String, SafetensorsFile> files,
            NDManager manager,
            DataType dtype,
            TensorReader reader,
            Set<String> used,
            String prefix) {
        this.files = files;
        this.manager = manager;
        this.dtype = dtype;
        this.reader = reader;
        this.used = used;
        this.prefix = prefix;
    }

    /** The tensors below {@code name.}. */
    public Weights in(String name) {
        return new Weights(files, manager, dtype, reader, used, prefix + name + ".");
    }

    /** What they are read as, and so what the model computes in. */
    public DataType dtype() {
        return dtype;
    }

    /** The tensors below {@code name.}, or these where there are none: a base model is saved without its prefix. */
    public Weights under(String name) {
        String below = prefix + name + ".";
        return files.keySet().stream().anyMatch(n -> n.startsWith(below)) ? in(name) : this;
    }

    public boolean has(String name) {
        return files.containsKey(prefix + name);
    }

    /** Whether a tensor equals a weight that was read, without a copy of it. */
    public boolean equal(String name, NDArray weight) {
        String full = prefix + name;
        used.add(full);
        try {
            return Objects.requireNonNull(files.get(full), full).equal(full, weight, reader);
        } catch (IOException e) {
            throw refused(e);
        }
    }

    private static ModelRefused refused(IOException e) {
        return new ModelRefused(Objects.requireNonNullElseGet(e.getMessage(), e::toString), e);
    }

    /**
     * One tensor as {@link #dtype}, in the model's own memory.
     *
     * @throws ModelRefused if it is missing, of another shape, or beyond the range of the dtype
     */
    public NDArray get(String name, long... shape) {
        String full = prefix + name;
        SafetensorsFile file = files.get(full);
        if (file == null) {
            throw new ModelRefused("weight " + full + " is missing");
        }
        if (!Arrays.equals(file.shape(full), shape)) {
            throw new ModelRefused("weight " + full + " has shape " + Arrays.toString(file.shape(full))
                    + " and must have " + Arrays.toString(shape));
        }
        used.add(full);
        try {
            NDArray weight = file.load(full, dtype, manager, reader);
            NativeMemory.holds(manager, dtype.getNumOfBytes() * weight.size());
            return weight;
        } catch (IOException e) {
            throw refused(e);
        }
    }

    /** A tensor that the file may hold and the model does not need, such as a copy of a tied weight. */
    public void ignore(String name) {
        used.add(prefix + name);
    }

    /** Tensors below {@code name.} that the model does not need, such as a head for another task. */
    public void ignoreBelow(String name) {
        files.keySet().stream().filter(n -> n.startsWith(prefix + name + ".")).forEach(used::add);
    }

    /** @throws ModelRefused if the files hold a tensor that was neither read nor ignored */
    public void refuseUnused() {
        Set<String> unused = new TreeSet<>(files.keySet());
        unused.removeAll(used);
        if (!unused.isEmpty()) {
            String some = String.join(", ", unused.stream().limit(5).toList());
            throw new ModelRefused("weights that the architecture does not know (" + unused.size() + "): " + some);
        }
    }

    /** Ends the loading; the weights stay. */
    @Override
    public void close() {
        reader.close();
    }
}
