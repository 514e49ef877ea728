package dev.headlight.tensor;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
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
    private static final String CHOSEN_BY_OPERATOR = "MALLOC_MMAP_THRESHOLD_";

    private NativeHeap() {}

    /**
     * Returns the memory of arrays above 4 MiB to the operating system as soon as they are freed. By default, glibc comes to
     * keep freed arrays of up to 32 MiB. An operator's own {@code MALLOC_MMAP_THRESHOLD_} is left alone.
     */
    static void returnLargeArrays() {
        if (!"Linux".equals(System.getProperty("os.name")) || System.getenv(CHOSEN_BY_OPERATOR) != null) {
            return;
        }
        try {
            Function mallopt = NativeLibrary.getProcess().getFunction("mallopt");
            mallopt.invokeInt(new Object[] {MMAP_THRESHOLD, LARGE});
            mallopt.invokeInt(new Object[] {TRIM_THRESHOLD, 4 * LARGE});
        } catch (LinkageError e) { // another C library, or JNA cannot unpack its own
            log.debug("The memory allocator keeps its settings", e);
        }
    }
}
