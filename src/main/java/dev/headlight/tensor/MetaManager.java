package dev.headlight.tensor;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.BaseNDManager;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/** Owns meta arrays. Closing it releases the bytes that are counted for them. */
final class MetaManager extends BaseNDManager {
    private final CostCounter counter;
    private final Set<MetaArray> arrays = Collections.newSetFromMap(new IdentityHashMap<>());

    MetaManager(CostCounter counter, Device device) {
        super(null, device);
        this.counter = counter;
    }

    CostCounter counter() {
        return counter;
    }

    void add(MetaArray array) {
        arrays.add(array);
    }

    void remove(MetaArray array) {
        arrays.remove(array);
    }

    @Override
    public Engine getEngine() {
        return Engine.getEngine("PyTorch");
    }

    @Override
    public NDArray create(Shape shape, DataType dataType) {
        return new MetaArray(this, shape.getShape(), dataType);
    }

    /** Ignores the values. */
    @Override
    public NDArray create(Buffer data, Shape shape, DataType dataType) {
        return create(shape, dataType);
    }

    @Override
    public NDArray zeros(Shape shape, DataType dataType) {
        return create(shape, dataType);
    }

    @Override
    public NDArray ones(Shape shape, DataType dataType) {
        return create(shape, dataType);
    }

    @Override
    public NDArray arange(int start, int stop, int step, DataType dataType) {
        return create(new Shape((stop - start + step - 1) / step), dataType);
    }

    @Override
    public ByteBuffer allocateDirect(int capacity) {
        throw new UnsupportedOperationException("an array without values has no buffer");
    }

    @Override
    public NDArray from(NDArray array) {
        return array;
    }

    @Override
    public NDManager newSubManager(Device device) {
        return counter.open(device);
    }

    @Override
    public void close() {
        closed.set(true);
        List.copyOf(arrays).forEach(MetaArray::close);
    }
}
