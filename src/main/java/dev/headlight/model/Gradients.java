package dev.headlight.model;

import ai.djl.ndarray.NDArray;
import dev.headlight.tensor.Ops;
import dev.headlight.tensor.Scratch;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * The gradients of what is computed from a run, at chosen hook points, all in one backward pass: a zero is added at each,
 * and the gradient of that zero is the hook point's.
 */
public final class Gradients implements Hooks {
    private final Set<HookName> wanted;
    private final Map<HookName, NDArray> leaves = new HashMap<>();

    public Gradients(Collection<HookName> wanted) {
        this.wanted = new HashSet<>(wanted);
    }

    @Override
    public NDArray at(HookName name, NDArray value) {
        if (!wanted.contains(name)) {
            return value;
        }
        NDArray leaf = Scratch.keep(Ops.leaf(value));
        leaves.put(name, leaf);
        return value.add(leaf);
    }

    @Override
    public boolean wants(HookName name) {
        return wanted.contains(name);
    }

    /** The sum is another array, and the value itself may be freed. */
    @Override
    public boolean keeps(HookName name) {
        return false;
    }

    /** As values, nothing. */
    @Override
    public boolean changes(HookName name) {
        return false;
    }

    @Override
    public boolean differentiates() {
        return true;
    }

    /**
     * Goes back once; the thread computes without gradients from then on.
     *
     * @param scalar what is differentiated, computed from the run's result
     */
    public void backward(NDArray scalar) {
        Ops.backward(scalar);
        Ops.differentiate(false, scalar);
    }

    /** The gradient at a hook point, the batch axis first, as the value has it. */
    public NDArray of(HookName name) {
        NDArray leaf = leaves.get(name);
        if (leaf == null) {
            throw new IllegalStateException(name + " was not reached"); // never a plausible wrong number
        }
        return Ops.gradient(leaf);
    }
}
