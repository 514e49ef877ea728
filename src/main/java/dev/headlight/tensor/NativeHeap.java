package dev.headlight.tensor;

import com.sun.jna.Function;
import com.sun.jna.Platform;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The settings of the C library's memory allocator, in which PyTorch keeps arrays on the CPU.
 *
 * @see <a href="https://man7.org/linux/man-pages/man3/mallopt.3.html">mallopt</a>
 */
final class NativeHeap {
    private static final Logger log = LoggerFactory.getLogger(NativeHeap.class);
    private static final int TRIM_THRESHOLD = -1;
    private static final int MMAP_THRESHOLD = -3;
    private static final int LARGE = 4 << 20;

    private NativeHeap() {}

    /**
     * Returns the memory of large arrays to the operating system as soon as they are freed. By default, glibc raises the
     * size of what it returns with each large array that is freed, up to 32 MB, and keeps the rest for later.
     */
    static void returnLargeArrays() {
        if (!Platform.isLinux()) {
            return;
        }
        try {
            Function mallopt = Function.getFunction("c", "mallopt");
            mallopt.invokeInt(new Object[] {MMAP_THRESHOLD, LARGE});
            mallopt.invokeInt(new Object[] {TRIM_THRESHOLD, 4 * LARGE});
        } catch (UnsatisfiedLinkError e) { // another C library, or no place for JNA's own
            log.debug("The memory allocator keeps its settings", e);
        }
    }
}
