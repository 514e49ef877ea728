package dev.headlight.tensor;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * An array without values, as on PyTorch's meta device. Every operation returns a meta array of the shape that PyTorch
 * would return and counts its cost. Other operands may have values. Operations not overridden here throw {@link
 * UnsupportedOperationException}, so that a dry run never ignores one.
 */
public final class MetaArray extends MetaOperations {
    private final TensorLayout layout;
    private final CostCounter.Storage storage;

    MetaArray(MetaManager manager, long[] shape, DataType type) {
        this(manager, TensorLayout.of(shape), type);
    }

    private MetaArray(MetaManager manager, TensorLayout layout, DataType type) {
        this(manager, layout, type, manager.counter().store(layout.size() * type.getNumOfBytes()));
    }

    private MetaArray(MetaManager manager, TensorLayout layout, DataType type, CostCounter.Storage storage) {
        super(manager, new Shape(layout.shape()), type);
        this.layout = layout;
        this.storage = storage;
        storage.use();
        manager.add(this);
        NDScope.register(this);
    }

    /**
     * Says whether an array has no values, so that the computation is a dry run.
     *
     * @param array {@code [..]}, any shape
     */
    public static boolean is(NDArray array) {
        return array instanceof MetaArray;
    }

    /** This array, whose values no gradient needs: {@link CostCounter.Storage#noGradientNeedsIt}. */
    MetaArray notNeededByGradients() {
        storage.noGradientNeedsIt();
        return this;
    }

    private MetaManager meta() {
        return (MetaManager) manager;
    }

    CostCounter counter() {
        return meta().counter();
    }

    @Override
    MetaArray newArray(DataType type, long... shape) {
        return new MetaArray(meta(), shape, type);
    }

    @Override
    MetaArray newArray(DataType type) {
        return new MetaArray(meta(), layout.ofResult(), type);
    }

    @Override
    MetaArray broadcast(NDArray other, DataType type) {
        long[] common =
                TensorLayout.broadcast(shape.getShape(), other.getShape().getShape());
        TensorLayout both = TensorLayout.ofResult(
                common, layout.expanded(common), layoutOf(other).expanded(common));
        return new MetaArray(meta(), both, type);
    }

    /** A meta array like {@code weight} that takes no memory of this run. */
    NDArray weightFor(NDArray weight) {
        return new MetaArray(
                meta(), layoutOf(weight), weight.getDataType(), meta().counter().store(0));
    }

    private static TensorLayout layoutOf(NDArray array) {
        return array instanceof MetaArray meta
                ? meta.layout
                : TensorLayout.of(array.getShape().getShape());
    }

    private MetaArray view(TensorLayout other) {
        return new MetaArray(meta(), other, dataType, storage);
    }

    @Override
    public void attach(NDManager other) {
        meta().remove(this);
        manager = other;
        meta().add(this);
    }

    @Override
    public void close() {
        if (!isClosed) {
            isClosed = true;
            storage.release();
            meta().remove(this);
        }
    }

    @Override
    public float[] toFloatArray() {
        return new float[Math.toIntExact(size())];
    }

    @Override
    public double[] toDoubleArray() {
        return new double[Math.toIntExact(size())];
    }

    @Override
    public boolean getBoolean(long... indices) {
        return false;
    }

    @Override
    public NDArray toDevice(Device device, boolean copy) {
        return device.equals(getDevice()) && !copy ? this : newArray(dataType);
    }

    @Override
    public NDArray toType(DataType type, boolean copy) {
        return type == dataType && !copy ? this : newArray(type);
    }

    // views

    @Override
    public NDArray reshape(Shape wanted) {
        long[] target = wanted.getShape().clone();
        long known = Arrays.stream(target).filter(n -> n != -1).reduce(1, Math::multiplyExact);
        Arrays.setAll(target, i -> target[i] == -1 ? size() / known : target[i]);
        TensorLayout same = layout.reshaped(target);
        return same == null ? newArray(dataType, target) : view(same);
    }

    @Override
    public NDArray flatten() {
        return reshape(new Shape(-1));
    }

    @Override
    public NDArray transpose(int... axes) {
        return view(layout.permuted(axes));
    }

    @Override
    public NDArray swapAxes(int one, int other) {
        int[] axes = IntStream.range(0, layout.shape().length).toArray();
        axes[one] = other;
        axes[other] = one;
        return transpose(axes);
    }

    @Override
    public NDArray expandDims(int axis) {
        return view(layout.unsqueezed(axis < 0 ? axis + layout.shape().length + 1 : axis));
    }

    @Override
    public NDArray squeeze(int axis) {
        return view(layout.squeezed(axis));
    }

    NDArray slice(int axis, long from, long to) {
        return view(layout.shortened(axis, to - from));
    }

    NDArray expand(Shape larger) {
        return view(layout.expanded(larger.getShape()));
    }

    // operations on several arrays

    NDArray stack(int axis, int count) {
        long[] more = layout.unsqueezed(axis < 0 ? axis + shape.dimension() + 1 : axis)
                .shape();
        more[axis < 0 ? axis + more.length : axis] = count;
        return newArray(dataType, more);
    }

    NDArray concat(int axis, long length) {
        return newArray(dataType, layout.shortened(axis, length).shape());
    }

    /** Looks up this array's ids {@code [...]} in a table {@code [rows, width]}; returns {@code [..., width]}. */
    NDArray rowsOf(NDArray table) {
        return newArray(table.getDataType(), shape.add(table.getShape().get(1)).getShape());
    }

    /** Selects elements with this array as the condition; all three broadcast. */
    NDArray where(NDArray x, NDArray other) {
        long[] common = TensorLayout.broadcast(
                shape.getShape(),
                TensorLayout.broadcast(x.getShape().getShape(), other.getShape().getShape()));
        TensorLayout all = TensorLayout.ofResult(
                common,
                layout.expanded(common),
                layoutOf(x).expanded(common),
                layoutOf(other).expanded(common));
        return new MetaArray((MetaManager) x.getManager(), all, x.getDataType());
    }

    // products

    @Override
    public NDArray matMul(NDArray other) {
        int axes = shape.dimension();
        long inner = shape.get(axes - 1);
        long[] right = other.getShape().getShape(); // may be one matrix for the whole batch
        MetaArray product = lastAxis(right[right.length - 1]);
        counter().multiplyAdds((double) product.size() * inner);
        return product;
    }

    NDArray linear(NDArray weight) {
        MetaArray product = lastAxis(weight.getShape().get(0));
        counter().multiplyAdds((double) product.size() * weight.getShape().get(1));
        return product;
    }

    private MetaArray lastAxis(long width) {
        long[] wide = shape.getShape().clone();
        wide[wide.length - 1] = width;
        return newArray(dataType, wide);
    }
}
