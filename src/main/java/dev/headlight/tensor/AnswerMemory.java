package dev.headlight.tensor;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.List;

/** The native memory of one answer. Its tensors live here until the answer has been written. */
public final class AnswerMemory implements AutoCloseable {
    private final NDManager manager;
    private long bytes;

    /** Opens CPU memory that counts in {@link NativeMemory}. */
    public AnswerMemory() {
        this.manager = NativeMemory.open(Device.cpu());
    }

    /**
     * Opens the memory of a dry run's answer, whose tensors have no values.
     *
     * @param counter counts the bytes
     */
    public AnswerMemory(CostCounter counter) {
        this.manager = counter.open(Device.cpu());
    }

    /**
     * Takes ownership of an array and converts it to float32 on the CPU.
     *
     * @param values {@code [dims...]}, any device and dtype; owned by the answer from now on
     * @param dims one name per axis, outermost first
     * @return {@code [dims...]}, float32
     * @throws IllegalStateException if the number of names differs from the number of axes
     */
    public Tensor keep(NDArray values, String... dims) {
        NDArray array = inOrder(values.toDevice(Device.cpu(), false).toType(DataType.FLOAT32, false));
        array.attach(manager);
        return tensor(array, dims);
    }

    /** Returns row-major values, copied only if they are not row-major yet, so that writing them needs no memory. */
    private static NDArray inOrder(NDArray values) {
        try (NDArray flat = values.flatten()) {
            return flat.reshape(values.getShape());
        }
    }

    /**
     * Copies values from the Java heap.
     *
     * @param values row-major
     * @param shape sizes of {@code [dims...]}
     * @param dims one name per axis, outermost first
     * @return {@code [dims...]}, float32
     * @throws IllegalStateException if the number of names differs from the number of axes
     */
    public Tensor keep(float[] values, long[] shape, String... dims) {
        return tensor(manager.create(values, new Shape(shape)), dims);
    }

    private Tensor tensor(NDArray array, String... dims) {
        NativeMemory.holds(manager, Float.BYTES * array.size());
        bytes += Float.BYTES * array.size();
        return new Tensor(array, List.of(dims));
    }

    /** Bytes of all tensors of this answer. */
    public long bytes() {
        return bytes;
    }

    @Override
    public void close() {
        manager.close();
    }
}
