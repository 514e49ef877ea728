package dev.headlight.model.hook;

import ai.djl.ndarray.NDArray;
import dev.headlight.tensor.Ops;
import dev.headlight.tensor.Scratch;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Gradients at chosen hook points of one run, in one backward pass. A zero is added at each hook point; the gradient of
 * that zero is the gradient at the hook point.
 */
public final class Gradients implements Hooks {
    private final Set<HookName> wanted;
    private final Map<HookName, NDArray> leaves = new HashMap<>();

    /** Prepares gradients at these hook points. */
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

    /** The value itself may be freed, because the sum is another array. */
    @Override
    public boolean keeps(HookName name) {
        return false;
    }

    /** Adding zero changes no number. */
    @Override
    public boolean changes(HookName name) {
        return false;
    }

    @Override
    public boolean differentiates() {
        return true;
    }

    /**
     * Runs the backward pass, once. The thread computes without gradients afterwards.
     *
     * @param scalar the number [] to differentiate, computed from the run's result
     */
    public void backward(NDArray scalar) {
        Ops.backward(scalar);
        Ops.differentiate(false, scalar);
    }

    /**
     * The gradient at a hook point.
     *
     * @return [batch, the site's axes], as the value
     * @throws IllegalStateException if the run did not reach the hook point
     */
    public NDArray of(HookName name) {
        NDArray leaf = leaves.get(name);
        if (leaf == null) {
            throw new IllegalStateException(name + " was not reached"); // fails: a wrong number would look plausible
        }
        return Ops.gradient(leaf);
    }
}
