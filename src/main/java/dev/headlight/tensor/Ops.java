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

/** PyTorch's fused operations that DJL's NDArray does not offer by themselves; the result belongs to {@code x}'s manager. */
public final class Ops {
    private static final double SQRT_2_OVER_PI = Math.sqrt(2 / Math.PI);

    private Ops() {}

    /**
     * Whether what this thread computes next can be differentiated; PyTorch has it so in every new thread.
     *
     * @param like an array of the computation
     */
    public static void differentiate(boolean on, NDArray like) {
        JniUtils.setGradMode(on);
        if (like instanceof MetaArray meta) {
            meta.ledger().differentiate(on);
        }
    }

    /** A zero of this shape, whose gradient {@link #backward} finds. */
    public static NDArray leaf(NDArray like) {
        NDArray leaf = like.zerosLike();
        if (leaf instanceof PtNDArray real) {
            JniUtils.attachGradient(real, true);
        }
        return leaf;
    }

    /** Gives every leaf that {@code scalar} was computed from its gradient, and frees what was kept for that. */
    public static void backward(NDArray scalar) {
        if (scalar instanceof MetaArray meta) {
            meta.ledger().backward();
        } else {
            JniUtils.backward((PtNDArray) scalar, (PtNDArray) scalar.onesLike(), false, false);
        }
    }

    /** Another dtype, as {@link NDArray#toType} gives it, through which gradients flow too; {@code x} itself where it has it. */
    public static NDArray cast(NDArray x, DataType type) {
        if (x instanceof MetaArray || x.getDataType() == type || !JniUtils.isGradMode()) {
            return x.toType(type, false);
        }
        return x.getManager().zeros(x.getShape(), type).addi(x);
    }

    /** The same values, through which no gradient flows. */
    public static NDArray constant(NDArray x) {
        return x instanceof PtNDArray real ? JniUtils.detachGradient(real) : x;
    }

    /** The gradient at a leaf, after {@link #backward}: zeros where nothing came back to it. */
    public static NDArray gradient(NDArray leaf) {
        if (leaf instanceof MetaArray) {
            return leaf.zerosLike();
        }
        NDArray gradient = JniUtils.getGradient((PtNDArray) leaf);
        return gradient == null ? leaf.zerosLike() : gradient;
    }

    /**
     * {@code x W^T + b}.
     *
     * @param x (..., in)
     * @param weight (out, in)
     * @param bias (out), or null
     */
    public static NDArray linear(NDArray x, NDArray weight, @Nullable NDArray bias) {
        return x instanceof MetaArray meta
                ? meta.linear(weight)
                : JniUtils.linear((PtNDArray) x, (PtNDArray) weight, (PtNDArray) bias);
    }

    /** Normalises the last axis to mean 0 and variance 1, then applies gain and bias. */
    public static NDArray layerNorm(NDArray x, NDArray gain, NDArray bias, double eps) {
        return x instanceof MetaArray meta
                ? meta.made(meta.getDataType())
                : JniUtils.layerNorm((PtNDArray) x, gain.getShape(), (PtNDArray) gain, (PtNDArray) bias, eps);
    }

    /**
     * Rows of a table.
     *
     * @param ids int64, any shape; the result belongs to their manager, not to the table's
     * @param table (rows, width)
     */
    public static NDArray embedding(NDArray ids, NDArray table) {
        return ids instanceof MetaArray meta
                ? meta.rowsOf(table)
                : JniUtils.embedding((PtNDArray) ids, (PtNDArray) table, false);
    }

    public static NDArray relu(NDArray x) {
        return x instanceof MetaArray meta ? meta.made(meta.getDataType()) : JniUtils.relu((PtNDArray) x);
    }

    /** x Φ(x) with the error function: PyTorch's {@code gelu}. */
    public static NDArray gelu(NDArray x) {
        return x instanceof MetaArray meta ? meta.made(meta.getDataType()) : JniUtils.gelu((PtNDArray) x);
    }

    /** The tanh form of GELU: Transformers' {@code gelu_new}. No more than two arrays are held at once. */
    public static NDArray geluTanh(NDArray x) {
        NDArray inner;
        try (NDArray square = x.square()) {
            inner = square.mul(x).muli(0.044715).addi(x).muli(SQRT_2_OVER_PI);
        }
        NDArray tanh;
        try (inner) {
            tanh = inner.tanh(); // not changed in place: its gradient is computed from it, as sigmoid's is
        }
        NDArray gate;
        try (tanh) {
            gate = tanh.add(1).muli(0.5);
        }
        try (gate) {
            return x.mul(gate);
        }
    }

    public static NDArray sigmoid(NDArray x) {
        return x instanceof MetaArray meta ? meta.made(meta.getDataType()) : JniUtils.sigmoid((PtNDArray) x);
    }

    /** x σ(x): PyTorch's {@code silu}, also called swish. */
    public static NDArray silu(NDArray x) {
        try (NDArray gate = sigmoid(x)) {
            return gate.mul(x);
        }
    }

    /** c · tanh(x / c): x, bounded by ±c. */
    public static NDArray softCap(NDArray x, double c) {
        try (NDArray part = Scalars.over(x, c);
                NDArray tanh = part.tanh()) {
            return Scalars.times(tanh, c);
        }
    }

    /** {@code condition ? x : other}, element by element, broadcast. */
    public static NDArray where(NDArray condition, NDArray x, NDArray other) {
        return condition instanceof MetaArray meta
                ? meta.where(x, other)
                : JniUtils.where((PtNDArray) condition, (PtNDArray) x, (PtNDArray) other);
    }

    /** A weight for operations of its own in the computation of x: without values, and of no memory, where x has none. */
    public static NDArray beside(NDArray x, NDArray weight) {
        return x instanceof MetaArray meta ? meta.beside(weight) : weight;
    }

    /** Elements from..to (exclusive) of one axis; a view. */
    public static NDArray slice(NDArray x, int axis, long from, long to) {
        return x instanceof MetaArray meta
                ? meta.slice(axis, from, to)
                : JniUtils.slice((PtNDArray) x, axis, from, to, 1);
    }

    /** One element of the first axis; a view without that axis. */
    public static NDArray row(NDArray x, long index) {
        return slice(x, 0, index, index + 1).squeeze(0);
    }

    /** Chosen elements of one axis, in the order given; {@code x} itself where that is all of it as it is. */
    public static NDArray select(NDArray x, int axis, int[] indices) {
        if (Arrays.equals(
                indices, IntStream.range(0, (int) x.getShape().get(axis)).toArray())) {
            return x;
        }
        NDArray first = x.swapAxes(0, axis);
        long[] moved = first.getShape().getShape();
        NDArray ids =
                own(x.getManager().create(Arrays.stream(indices).asLongStream().toArray()));
        NDArray rows = embedding(ids, first.reshape(moved[0], -1)); // a table of rows, whatever the other axes are
        moved[0] = indices.length;
        return rows.reshape(new Shape(moved)).swapAxes(0, axis);
    }

    /**
     * Writes values into an array, in its own dtype and on its own device.
     *
     * @param to one axis
     * @param at the first element that is written
     * @param values one axis
     */
    static void put(NDArray to, long at, NDArray values) {
        long[] end = {at + values.size()};
        JniUtils.indexSet((PtNDArray) to, (PtNDArray) values, new long[] {at}, end, new long[] {1});
    }

    /** The same values over a larger shape; a view. */
    public static NDArray expand(NDArray x, Shape shape) {
        return x instanceof MetaArray meta ? meta.expand(shape) : JniUtils.broadcast((PtNDArray) x, shape);
    }

    /** Arrays of one shape along a new axis. */
    public static NDArray stack(List<NDArray> arrays, int axis) {
        return arrays.get(0) instanceof MetaArray meta
                ? meta.stack(axis, arrays.size())
                : JniUtils.stack(arrays.stream().map(PtNDArray.class::cast).toArray(PtNDArray[]::new), axis);
    }

    /** Arrays one after the other along an axis. */
    public static NDArray concat(List<NDArray> arrays, int axis) {
        return arrays.get(0) instanceof MetaArray meta
                ? meta.concat(
                        axis,
                        arrays.stream().mapToLong(x -> x.getShape().get(axis)).sum())
                : JniUtils.cat(arrays.stream().map(PtNDArray.class::cast).toArray(PtNDArray[]::new), axis);
    }

    /**
     * A copy in PyTorch's own memory, in place of an array that was created of values on the heap: that one is memory of
     * the JVM, which is gone with it, whatever views of it or backward passes are still to come.
     */
    public static NDArray own(NDArray created) {
        if (created instanceof MetaArray) {
            return created;
        }
        try (created) {
            return created.duplicate();
        }
    }

    /** An array of values that are computed on the heap, which they are only where there is memory for them. */
    public static NDArray create(NDManager manager, Shape shape, Supplier<float[]> values) {
        return manager instanceof MetaManager ? manager.create(shape) : own(manager.create(values.get(), shape));
    }
}
