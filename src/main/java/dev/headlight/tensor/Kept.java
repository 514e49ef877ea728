package dev.headlight.tensor;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.List;

/** The native memory of one result: its tensors live here until the answer has been written. */
public final class Kept implements AutoCloseable {
    private final NDManager manager;
    private long bytes;

    public Kept() {
        this.manager = NativeMemory.open(Device.cpu());
    }

    /** Of an answer that is played through only. */
    public Kept(Ledger ledger) {
        this.manager = ledger.open(Device.cpu());
    }

    /**
     * Takes an array over as float32 on the CPU.
     *
     * @param values any device and dtype; owned by the result from here on
     * @param dims one name an axis
     */
    public Tensor keep(NDArray values, String... dims) {
        NDArray own = inOrder(values.toDevice(Device.cpu(), false).toType(DataType.FLOAT32, false));
        own.attach(manager);
        return kept(own, dims);
    }

    /** Copied only where the values do not lie in order, so that writing them takes no memory. */
    private static NDArray inOrder(NDArray values) {
        try (NDArray flat = values.flatten()) {
            return flat.reshape(values.getShape());
        }
    }

    /** A tensor of values that were computed on the heap. */
    public Tensor keep(float[] values, long[] shape, String... dims) {
        return kept(manager.create(values, new Shape(shape)), dims);
    }

    private Tensor kept(NDArray own, String... dims) {
        NativeMemory.holds(manager, Float.BYTES * own.size());
        bytes += Float.BYTES * own.size();
        return new Tensor(own, List.of(dims));
    }

    /** Bytes of all its tensors. */
    public long bytes() {
        return bytes;
    }

    @Override
    public void close() {
        manager.close();
    }
}
