package dev.headlight.model;

import ai.djl.ndarray.BaseNDManager;
import ai.djl.ndarray.NDManager;
import java.lang.reflect.Field;
import java.util.Map;

/** Counts what lives in the engine's native memory: arrays, and managers that have not been closed. */
public final class NativeArrays {
    private NativeArrays() {}

    /** Everything below the engine's system manager, of all threads. */
    public static long count() {
        try (NDManager probe = Fixture.TORCH.newManager()) {
            return below(probe.getParentManager()) - 1; // the probe
        }
    }

    private static long below(NDManager manager) {
        long count = 0;
        for (Object resource : resources(manager).values()) {
            count += 1 + (resource instanceof NDManager child ? below(child) : 0);
        }
        return count;
    }

    /** DJL shows the arrays of a manager, but not its sub-managers. */
    private static Map<?, ?> resources(NDManager manager) {
        try {
            Field field = BaseNDManager.class.getDeclaredField("resources");
            field.setAccessible(true);
            return (Map<?, ?>) field.get(manager);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }
}
