package dev.headlight.model.checkpoint;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import dev.headlight.model.fault.ModelRefused;
import dev.headlight.tensor.NativeMemory;
import dev.headlight.tensor.SafetensorsFile;
import dev.headlight.tensor.TensorReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * The named tensors of a checkpoint, below a prefix, while they are being loaded. A tensor that is missing, has another
 * shape or was not used is refused by name.
 */
public class Weights implements AutoCloseable {
    /** The state that all views of one checkpoint share. */
    private record Source(
            Map<String, SafetensorsFile> files,
            NDManager manager,
            DataType dtype,
            Predicate<Path> mapped,
            TensorReader reader,
            Set<String> used) {}

    private final Source source;
    private final String prefix;

    /**
     * The tensors of a checkpoint, without a prefix.
     *
     * @param files the file of each tensor, by the tensor's name
     * @param manager owns the tensors that are read
     * @param dtype that tensors are converted to
     * @param mapped whether a file is mapped into memory, if its values need no conversion
     */
    public Weights(Map<String, SafetensorsFile> files, NDManager manager, DataType dtype, Predicate<Path> mapped) {
        this(new Source(files, manager, dtype, mapped, new TensorReader(), new HashSet<>()), "");
    }

    private Weights(Source source, String prefix) {
        this.source = source;
        this.prefix = prefix;
    }

    /** A view of the tensors below {@code name.}. */
    public Weights in(String name) {
        return new Weights(source, prefix + name + ".");
    }

    /** The dtype that all tensors are converted to, and that the model computes in. */
    public DataType dtype() {
        return source.dtype;
    }

    /**
     * The tensors below {@code name.}, or this view if there are none, because base models are saved without the
     * prefix.
     */
    public Weights under(String name) {
        String below = prefix + name + ".";
        return source.files.keySet().stream().anyMatch(n -> n.startsWith(below)) ? in(name) : this;
    }

    /** Whether a tensor exists in the files. */
    public boolean has(String name) {
        return source.files.containsKey(prefix + name);
    }

    /**
     * Compares a stored tensor with a weight that was read, without copying it. Counts the tensor as used.
     *
     * @param weight of any shape {@code [...]}
     * @return whether shape and values are equal
     * @throws ModelRefused if the file cannot be read
     */
    public boolean equal(String name, NDArray weight) {
        String full = prefix + name;
        source.used.add(full);
        try {
            return Objects.requireNonNull(source.files.get(full), full).equal(full, weight, source.reader);
        } catch (IOException e) {
            throw refused(e);
        }
    }

    private static ModelRefused refused(IOException e) {
        return new ModelRefused(Objects.requireNonNullElseGet(e.getMessage(), e::toString), e);
    }

    /**
     * Reads one tensor, converted to {@link #dtype}. The model's manager owns it.
     *
     * @param shape the required shape
     * @return the tensor, {@code [shape...]}
     * @throws ModelRefused if it is missing, has another shape, or has values beyond the range of the dtype
     */
    public NDArray get(String name, long... shape) {
        String full = prefix + name;
        SafetensorsFile file = source.files.get(full);
        if (file == null) {
            throw new ModelRefused("weight " + full + " is missing");
        }
        if (!Arrays.equals(file.shape(full), shape)) {
            throw new ModelRefused("weight " + full + " has shape " + Arrays.toString(file.shape(full))
                    + " and must have " + Arrays.toString(shape));
        }
        source.used.add(full);
        try {
            NDArray weight =
                    file.load(full, source.dtype, source.mapped.test(file.path()), source.manager, source.reader);
            NativeMemory.holds(source.manager, source.dtype.getNumOfBytes() * weight.size());
            return weight;
        } catch (IOException e) {
            throw refused(e);
        }
    }

    /** Marks a tensor that the model does not need as used, such as a copy of a tied weight. It need not exist. */
    public void ignore(String name) {
        source.used.add(prefix + name);
    }

    /** Marks all tensors below {@code name.} as used, such as a head for another task. */
    public void ignoreBelow(String name) {
        source.files.keySet().stream()
                .filter(n -> n.startsWith(prefix + name + "."))
                .forEach(source.used::add);
    }

    /**
     * Checks that every tensor was read or ignored.
     *
     * @throws ModelRefused if a tensor was not used
     */
    public void refuseUnused() {
        Set<String> unused = new TreeSet<>(source.files.keySet());
        unused.removeAll(source.used);
        if (!unused.isEmpty()) {
            String some = String.join(", ", unused.stream().limit(5).toList());
            throw new ModelRefused("weights that the architecture does not know (" + unused.size() + "): " + some);
        }
    }

    /** Ends the loading. Weights that were read stay valid. */
    @Override
    public void close() {
        source.reader.close();
    }
}
