package dev.headlight.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.headlight.tensor.NativeMemory;
import dev.headlight.tensor.SafetensorsFile;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/** A checkpoint's named tensors, seen below a prefix. What is missing, mis-shaped or left over is refused by name. */
public class Weights {
    private final Map<String, SafetensorsFile> files;
    private final NDManager manager;
    private final Set<String> used;
    private final String prefix;

    Weights(Map<String, SafetensorsFile> files, NDManager manager) {
        this(files, manager, new HashSet<>(), "");
    }

    private Weights(Map<String, SafetensorsFile> files, NDManager manager, Set<String> used, String prefix) {
        this.files = files;
        this.manager = manager;
        this.used = used;
        this.prefix = prefix;
    }

    /** The tensors below {@code name.}. */
    public Weights in(String name) {
        return new Weights(files, manager, used, prefix + name + ".");
    }

    /** The tensors below {@code name.}, or these where there are none: a base model is saved without its prefix. */
    public Weights under(String name) {
        String below = prefix + name + ".";
        return files.keySet().stream().anyMatch(n -> n.startsWith(below)) ? in(name) : this;
    }

    public boolean has(String name) {
        return files.containsKey(prefix + name);
    }

    /**
     * One tensor as float32, in the model's own memory.
     *
     * @throws ModelRefused if it is missing or of another shape
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
            NDArray weight = file.load(full, manager);
            NativeMemory.holds(manager, Float.BYTES * weight.size());
            return weight;
        } catch (IOException e) {
            throw new ModelRefused(Objects.requireNonNullElseGet(e.getMessage(), e::toString), e);
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
}
