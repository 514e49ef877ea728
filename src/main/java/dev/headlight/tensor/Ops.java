package dev.headlight.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Operations of PyTorch that DJL's NDArray does not offer. They also work on meta arrays, which have shapes and no
 * values. A result belongs to the manager of the first argument. {@code [..]} is any shape.
 */
public final class Ops {
    private Ops() {}

    /** Prepares the native memory, and loads the operations that DJL lacks, once PyTorch has started. */
    public static void start() {
        NativeHeap.returnLargeArrays();
        Aten.start();
    }

    /**
     * Turns gradients on or off for what this thread computes next. PyTorch turns them on in every new thread.
     *
     * @param like an array of the computation [..]
     */
    public static void differentiate(boolean on, NDArray like) {
        JniUtils.setGradMode(on);
        if (like instanceof MetaArray meta) {
            meta.counter().differentiate(on);
        }
    }

    /**
     * Whether gradients are on for what this thread computes.
     *
     * @param like an array of the computation [..]
     */
    public static boolean differentiates(NDArray like) {
        return like instanceof MetaArray meta ? meta.counter().differentiates() : JniUtils.isGradMode();
    }

    /** Zeros of the same shape [..], whose gradient {@link #backward} computes. */
    public static NDArray leaf(NDArray like) {
        NDArray leaf = like.zerosLike();
        if (leaf instanceof PtNDArray real) {
            JniUtils.attachGradient(real, true);
        }
        return leaf;
    }

    /**
     * Computes the gradients of a scalar [] for all leaves that it depends on, and frees the arrays that were kept for
     * the backward pass.
     */
    public static void backward(NDArray scalar) {
        if (scalar instanceof MetaArray meta) {
            meta.counter().backward();
        } else {
            JniUtils.backward((PtNDArray) scalar, (PtNDArray) scalar.onesLike(), false, false);
        }
    }

    /** The same values [..] in another dtype, with gradients; {@code x} itself if it has that dtype already. */
    public static NDArray cast(NDArray x, DataType type) {
        if (x instanceof MetaArray || x.getDataType() == type || !JniUtils.isGradMode()) {
            return x.toType(type, false);
        }
        return x.getManager().zeros(x.getShape(), type).addi(x);
    }

    /** The same values [..], as a constant that no gradient flows through. */
    public static NDArray constant(NDArray x) {
        return x instanceof PtNDArray real ? JniUtils.detachGradient(real) : x;
    }

    /** The gradient of a leaf [..] after {@link #backward}; zeros if the scalar does not depend on it. */
    public static NDArray gradient(NDArray leaf) {
        if (leaf instanceof MetaArray) {
            return leaf.zerosLike();
        }
        NDArray gradient = JniUtils.getGradient((PtNDArray) leaf);
        return gradient == null ? leaf.zerosLike() : gradient;
    }

    /**
     * A linear layer, {@code x W^T + b}.
     *
     * @param x [.., in]
     * @param weight [out, in]
     * @param bias [out], or null
     * @return [.., out]
     */
    public static NDArray linear(NDArray x, NDArray weight, @Nullable NDArray bias) {
        return x instanceof MetaArray meta
                ? meta.linear(weight)
                : JniUtils.linear((PtNDArray) x, (PtNDArray) weight, (PtNDArray) bias);
    }

    /**
     * Normalises the last axis to mean 0 and variance 1, then applies gain and bias.
     *
     * @param x [.., width], as the result
     * @param gain [width]
     * @param bias [width]
     * @param eps added to the variance
     * @see <a href="https://arxiv.org/abs/1607.06450">Ba, Kiros and Hinton, 2016</a>
     */
    public static NDArray layerNorm(NDArray x, NDArray gain, NDArray bias, double eps) {
        return x instanceof MetaArray meta
                ? meta.newArray(meta.getDataType())
                : JniUtils.layerNorm((PtNDArray) x, gain.getShape(), (PtNDArray) gain, (PtNDArray) bias, eps);
    }

    /**
     * Divides the last axis by its root mean square, then applies a gain. No gradients.
     *
     * @param x [.., width], as the result
     * @param gain [width]
     * @param eps added to the mean square
     * @see <a href="https://arxiv.org/abs/1910.07467">Zhang and Sennrich, 2019</a>
     */
    public static NDArray rmsNorm(NDArray x, NDArray gain, double eps) {
        return x instanceof MetaArray meta
                ? meta.newArray(meta.getDataType())
                : Aten.call("rms_norm", x, Aten.of(x), Aten.of(gain), Aten.of(eps));
    }

    /**
     * Looks up rows of a table.
     *
     * @param ids int64 [..]; the result belongs to their manager, not to the table's
     * @param table [row, width]
     * @return [.., width]
     */
    public static NDArray embedding(NDArray ids, NDArray table) {
        return ids instanceof MetaArray meta
                ? meta.rowsOf(table)
                : JniUtils.embedding((PtNDArray) ids, (PtNDArray) table, false);
    }

    /** {@code condition ? x : other}, elementwise, of three shapes that broadcast to [..]. */
    public static NDArray where(NDArray condition, NDArray x, NDArray other) {
        return condition instanceof MetaArray meta
                ? meta.where(x, other)
                : JniUtils.where((PtNDArray) condition, (PtNDArray) x, (PtNDArray) other);
    }

    /** A weight [..] for the computation of {@code x} [..]: in a dry run, a meta array that takes no memory. */
    public static NDArray weightFor(NDArray x, NDArray weight) {
        return x instanceof MetaArray meta ? meta.weightFor(weight) : weight;
    }

    /** Elements from..to (exclusive) of one axis of an array [..]; a view with the same number of axes. */
    public static NDArray slice(NDArray x, int axis, long from, long to) {
        return x instanceof MetaArray meta
                ? meta.slice(axis, from, to)
                : JniUtils.slice((PtNDArray) x, axis, from, to, 1);
    }

    /** One element of the first axis of an array [n, ..]; a view [..]. */
    public static NDArray row(NDArray x, long index) {
        return slice(x, 0, index, index + 1).squeeze(0);
    }

    /**
     * Chosen elements of one axis of an array [..], in the given order; {@code x} itself if these are all elements in
     * order.
     */
    public static NDArray select(NDArray x, int axis, int[] indices) {
        if (Arrays.equals(
                indices, IntStream.range(0, (int) x.getShape().get(axis)).toArray())) {
            return x;
        }
        NDArray first = x.swapAxes(0, axis);
        long[] moved = first.getShape().getShape();
        NDArray ids = nativeCopy(
                x.getManager().create(Arrays.stream(indices).asLongStream().toArray()));
        NDArray rows = embedding(ids, first.reshape(moved[0], -1)); // a table of rows, for any other axes
        moved[0] = indices.length;
        return rows.reshape(new Shape(moved)).swapAxes(0, axis);
    }

    /**
     * Writes values into an array, in the array's dtype and on its device.
     *
     * @param to [n]
     * @param at the first element that is written
     * @param values [m]
     */
    static void put(NDArray to, long at, NDArray values) {
        long[] end = {at + values.size()};
        JniUtils.indexSet((PtNDArray) to, (PtNDArray) values, new long[] {at}, end, new long[] {1});
    }

    /** An array [..] broadcast to a larger shape; a view. */
    public static NDArray expand(NDArray x, Shape shape) {
        return x instanceof MetaArray meta ? meta.expand(shape) : JniUtils.broadcast((PtNDArray) x, shape);
    }

    /** Arrays of one shape [..], stacked along a new axis. */
    public static NDArray stack(List<NDArray> arrays, int axis) {
        return arrays.get(0) instanceof MetaArray meta
                ? meta.stack(axis, arrays.size())
                : JniUtils.stack(arrays.stream().map(PtNDArray.class::cast).toArray(PtNDArray[]::new), axis);
    }

    /** Arrays [..], joined along an axis. */
    public static NDArray concat(List<NDArray> arrays, int axis) {
        return arrays.get(0) instanceof MetaArray meta
                ? meta.concat(
                        axis,
                        arrays.stream().mapToLong(x -> x.getShape().get(axis)).sum())
                : JniUtils.cat(arrays.stream().map(PtNDArray.class::cast).toArray(PtNDArray[]::new), axis);
    }

    /**
     * Replaces an array [..] that was created from values on the heap by a copy in PyTorch's own memory. The memory of
     * the original belongs to the JVM and may be freed while views or a backward pass still need it.
     */
    public static NDArray nativeCopy(NDArray created) {
        if (created instanceof MetaArray) {
            return created;
        }
        try (created) {
            return created.duplicate();
        }
    }

    /** An array of the given shape [..] from values on the heap. A dry run does not compute the values. */
    public static NDArray create(NDManager manager, Shape shape, Supplier<float[]> values) {
        return manager instanceof MetaManager ? manager.create(shape) : nativeCopy(manager.create(values.get(), shape));
    }
}
