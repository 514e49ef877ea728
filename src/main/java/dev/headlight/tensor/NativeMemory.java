package dev.headlight.tensor;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Opens the managers that own all native arrays, and counts what lives in those that are still open. Counting never
 * asks an array anything: another thread may be freeing it.
 */
public final class NativeMemory {
    private static final Map<NDManager, AtomicLong> OPEN = new WeakHashMap<>();

    private NativeMemory() {}

    /** Memory on a device, closed by the caller. */
    public static NDManager open(Device device) {
        NDManager manager = NDManager.newBaseManager(device, "PyTorch");
        synchronized (OPEN) {
            OPEN.put(manager, new AtomicLong());
        }
        return manager;
    }

    /** Notes values that a manager will hold until it is closed. */
    public static void holds(NDManager manager, long bytes) {
        synchronized (OPEN) {
            AtomicLong count = OPEN.get(manager);
            if (count != null) {
                count.addAndGet(bytes);
            }
        }
    }

    /** Arrays of weights, of running requests and of answers that are being written. */
    public static long arrays() {
        List<NDManager> open;
        synchronized (OPEN) {
            forgetClosed();
            open = List.copyOf(OPEN.keySet());
        }
        return open.stream().mapToLong(m -> m.getManagedArrays().size()).sum();
    }

    /** Bytes of weights, mapped ones too, and of answers that are being written. */
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
