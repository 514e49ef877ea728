package dev.headlight.tensor;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.WeakHashMap;

/** Opens the managers that own all native arrays, and counts what lives in those that are still open. */
public final class NativeMemory {
    private static final Set<NDManager> OPEN = Collections.newSetFromMap(new WeakHashMap<>());

    private NativeMemory() {}

    /** Memory on a device, closed by the caller. */
    public static NDManager open(Device device) {
        NDManager manager = NDManager.newBaseManager(device, "PyTorch");
        synchronized (OPEN) {
            OPEN.add(manager);
        }
        return manager;
    }

    /** Arrays of weights, of running requests and of answers that are being written. */
    public static long arrays() {
        return open().stream().mapToLong(m -> m.getManagedArrays().size()).sum();
    }

    /** What these arrays span, in bytes; views count as often as there are, and mapped weights count too. */
    public static long bytes() {
        return open().stream()
                .flatMap(m -> m.getManagedArrays().stream())
                .mapToLong(NativeMemory::bytes)
                .sum();
    }

    private static long bytes(NDArray array) {
        try {
            return array.getShape().size() * array.getDataType().getNumOfBytes();
        } catch (IllegalStateException e) { // closed meanwhile
            return 0;
        }
    }

    private static List<NDManager> open() {
        synchronized (OPEN) {
            OPEN.removeIf(m -> !m.isOpen());
            return List.copyOf(OPEN);
        }
    }
}
