package dev.headlight.tensor;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Cost accounting for a dry run on meta tensors: live bytes, peak bytes, FLOPs. Serves one run on one thread.
 *
 * @see <a href="https://docs.pytorch.org/docs/stable/meta.html">PyTorch's meta device</a>
 */
public final class CostCounter {
    private long held;
    private long peak;
    private double flops;
    private double forwardFlops; // counted while gradients are recorded
    private @Nullable List<Storage> saved; // freed arrays that a backward pass still needs; null without gradients

    /** The memory of one array and its views. */
    final class Storage {
        private final long bytes;
        private int users;
        private boolean neededByGradients = true;

        private Storage(long bytes) {
            this.bytes = bytes;
        }

        void use() {
            users++;
        }

        /** Frees it with its last user even while gradients are recorded: no gradient is computed from its values. */
        void noGradientNeedsIt() {
            neededByGradients = false;
        }

        void release() {
            if (--users > 0) {
                return;
            }
            if (saved == null || !neededByGradients) {
                held -= bytes;
            } else {
                saved.add(this);
            }
        }
    }

    /**
     * Opens a manager of meta arrays, which have no values and read as zeros. The caller closes it.
     *
     * @param device the device that the arrays claim to be on
     */
    public NDManager open(Device device) {
        return new MetaManager(this, device);
    }

    /** Allocates bytes, live until the last user releases them. */
    Storage store(long bytes) {
        held += bytes;
        peak = Math.max(peak, held);
        return new Storage(bytes);
    }

    /** Counts the multiply-adds of a matrix product, two FLOPs each. */
    void multiplyAdds(double count) {
        flops += 2 * count;
        forwardFlops += saved == null ? 0 : 2 * count;
    }

    /**
     * Starts or stops recording gradients. While they are recorded, freed arrays stay live for the backward pass. PyTorch
     * keeps slightly fewer.
     */
    void differentiate(boolean on) {
        if (!on) {
            release();
        } else if (saved == null) {
            saved = new ArrayList<>();
        }
    }

    /** Whether gradients are recorded. */
    boolean differentiates() {
        return saved != null;
    }

    /** Counts a backward pass: two products per product of the forward pass, one for the gradient of each factor. */
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

    /** Live bytes. */
    long held() {
        return held;
    }

    /** Peak of the live bytes. */
    public long peak() {
        return peak;
    }

    /** FLOPs of all matrix products; a multiply-add counts as two. */
    public long flops() {
        return (long) flops; // the cast saturates
    }
}
