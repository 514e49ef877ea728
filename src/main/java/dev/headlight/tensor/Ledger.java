package dev.headlight.tensor;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a run would take: it is played through on arrays that have shapes and no values, and this keeps the books. One run,
 * one thread.
 *
 * @see <a href="https://docs.pytorch.org/docs/stable/meta.html">PyTorch's meta device</a>, which does the same
 */
public final class Ledger {
    private long held;
    private long peak;
    private double flops;
    private double forwardFlops; // what a backward pass would go through
    private @Nullable List<Storage> saved; // for a backward pass; null where nothing is differentiated

    /** The memory of one or more arrays, which see the same elements. */
    final class Storage {
        private final long bytes;
        private int users;

        private Storage(long bytes) {
            this.bytes = bytes;
        }

        void use() {
            users++;
        }

        void release() {
            if (--users > 0) {
                return;
            }
            if (saved == null) {
                held -= bytes;
            } else {
                saved.add(this);
            }
        }
    }

    /** Memory on paper, closed by the caller; what is made in it has no values, and reads as zeros. */
    public NDManager open(Device device) {
        return new MetaManager(this, device);
    }

    /** Whether an array has no values. */
    public static boolean has(NDArray array) {
        return array instanceof MetaArray;
    }

    Storage store(long bytes) {
        held += bytes;
        peak = Math.max(peak, held);
        return new Storage(bytes);
    }

    void multiplyAdds(double count) {
        flops += 2 * count;
        forwardFlops += saved == null ? 0 : 2 * count;
    }

    /** From here on what is freed is kept for a backward pass, all of it: PyTorch keeps a little less. */
    void differentiate(boolean on) {
        if (!on) {
            release();
        } else if (saved == null) {
            saved = new ArrayList<>();
        }
    }

    /** Two products for each of the forward pass, as a gradient goes to both factors. */
    void backward() {
        flops += 2 * forwardFlops;
        release();
    }

    private void release() {
        if (saved != null) {
            saved.forEach(storage -> held -= storage.bytes);
            saved = null;
        }
        forwardFlops = 0;
    }

    /** Bytes of native memory that are held now. */
    long held() {
        return held;
    }

    /** Most bytes of native memory that were held at once. */
    public long peak() {
        return peak;
    }

    /** Floating-point operations of all matrix products, a multiplication and an addition counted as two. */
    public long flops() {
        return (long) flops; // no overflow: as a double it saturates
    }
}
