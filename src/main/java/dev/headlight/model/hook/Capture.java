package dev.headlight.model.hook;

import ai.djl.ndarray.NDArray;
import dev.headlight.tensor.Scratch;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Captures the values of chosen hook points of one forward pass. */
public final class Capture implements Hooks {
    private final Set<HookName> wanted;
    private final Map<HookName, NDArray> values = new HashMap<>();

    /** Captures these hook points. */
    public Capture(Collection<HookName> wanted) {
        this.wanted = new HashSet<>(wanted);
    }

    @Override
    public NDArray at(HookName name, NDArray value) {
        if (wanted.contains(name)) {
            values.put(name, Scratch.keep(value));
        }
        return value;
    }

    @Override
    public boolean wants(HookName name) {
        return wanted.contains(name);
    }

    @Override
    public boolean changes(HookName name) {
        return false;
    }

    /**
     * A captured value.
     *
     * @return [batch, the site's axes], float32
     * @throws IllegalStateException if the run did not reach the hook point
     */
    public NDArray value(HookName name) {
        NDArray value = values.get(name);
        if (value == null) {
            throw new IllegalStateException(name + " was not reached"); // fails: a wrong number would look plausible
        }
        return value;
    }
}
