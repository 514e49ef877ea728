package dev.headlight.tensor;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Opens the managers that own all native arrays, and counts the arrays and bytes of the open ones. Counting never touches
 * an array, because another thread may be freeing it.
 */
public final class NativeMemory {
    private static final Map<NDManager, AtomicLong> OPEN = new WeakHashMap<>();

    private NativeMemory() {}

    /**
     * Opens a manager.
     *
     * @param device where its arrays live
     * @return closed by the caller
     */
    public static NDManager open(Device device) {
        NDManager manager = NDManager.newBaseManager(device, "PyTorch");
        synchronized (OPEN) {
            OPEN.put(manager, new AtomicLong());
        }
        return manager;
    }

    /**
     * Records bytes that a manager holds until it is closed.
     *
     * @param manager from {@link #open}; others are ignored
     * @param bytes size of the values
     */
    public static void holds(NDManager manager, long bytes) {
        synchronized (OPEN) {
            AtomicLong count = OPEN.get(manager);
            if (count != null) {
                count.addAndGet(bytes);
            }
        }
    }

    /** Number of live arrays: weights, running requests, and answers being written. */
    public static long arrays() {
        List<NDManager> open;
        synchronized (OPEN) {
            forgetClosed();
            open = List.copyOf(OPEN.keySet());
        }
        return open.stream().mapToLong(m -> m.getManagedArrays().size()).sum();
    }

    /** Recorded bytes: weights (including memory-mapped ones) and answers being written. */
    public static long bytes() {
        synchronized (OPEN) {
            forgetClosed();
            return OPEN.values().stream().mapToLong(AtomicLong::get).sum();
        }
    }

    private static void forgetClosed() {
        OPEN.keySet().removeIf(m -> !m.isOpen());
    }
}
