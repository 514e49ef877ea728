package dev.headlight.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrayAdapter;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/** Shape rules of element-wise operations and reductions on arrays without values. */
abstract class MetaOperations extends NDArrayAdapter {
    MetaOperations(NDManager manager, Shape shape, DataType type) {
        super(manager, null, shape, type, "");
    }

    /** A new meta array of this shape, {@code [..]}, whose layout is that of an element-wise result. */
    abstract NDArray newArray(DataType type);

    /** A new row-major meta array of the given shape. */
    abstract NDArray newArray(DataType type, long... shape);

    /** A new meta array of the shape to which this array and another broadcast. */
    abstract NDArray broadcast(NDArray other, DataType type);

    @Override
    public void detach() {
        throw new UnsupportedOperationException("an array without values always has an owner");
    }

    @Override
    public void intern(NDArray replaced) {
        throw new UnsupportedOperationException("an array without values cannot replace another");
    }

    @Override
    public ByteBuffer toByteBuffer(boolean tryDirect) {
        throw new UnsupportedOperationException("an array without values has no buffer");
    }

    @Override
    public NDArray add(NDArray other) {
        return broadcast(other, dataType);
    }

    @Override
    public NDArray add(Number n) {
        return newArray(dataType);
    }

    @Override
    public NDArray sub(NDArray other) {
        return broadcast(other, dataType);
    }

    @Override
    public NDArray mul(NDArray other) {
        return broadcast(other, dataType);
    }

    @Override
    public NDArray mul(Number n) {
        return newArray(dataType);
    }

    @Override
    public NDArray div(NDArray other) {
        return broadcast(other, dataType);
    }

    @Override
    public NDArray div(Number n) {
        return newArray(dataType);
    }

    @Override
    public NDArray addi(NDArray other) {
        return this;
    }

    @Override
    public NDArray addi(Number n) {
        return this;
    }

    @Override
    public NDArray muli(NDArray other) {
        return this;
    }

    @Override
    public NDArray muli(Number n) {
        return this;
    }

    @Override
    public NDArray divi(Number n) {
        return this;
    }

    @Override
    public NDArray maximum(Number n) {
        return newArray(dataType);
    }

    @Override
    public NDArray minimum(Number n) {
        return newArray(dataType);
    }

    @Override
    public NDArray pow(Number n) {
        return newArray(dataType);
    }

    @Override
    public NDArray eq(NDArray other) {
        return broadcast(other, DataType.BOOLEAN);
    }

    @Override
    public NDArray eq(Number n) {
        return newArray(DataType.BOOLEAN);
    }

    @Override
    public NDArray neq(NDArray other) {
        return broadcast(other, DataType.BOOLEAN);
    }

    @Override
    public NDArray gt(NDArray other) {
        return broadcast(other, DataType.BOOLEAN);
    }

    @Override
    public NDArray gt(Number n) {
        return newArray(DataType.BOOLEAN);
    }

    @Override
    public NDArray square() {
        return newArray(dataType);
    }

    @Override
    public NDArray sqrt() {
        return newArray(dataType);
    }

    @Override
    public NDArray abs() {
        return newArray(dataType);
    }

    @Override
    public NDArray neg() {
        return newArray(dataType);
    }

    @Override
    public NDArray exp() {
        return newArray(dataType);
    }

    @Override
    public NDArray log() {
        return newArray(dataType);
    }

    @Override
    public NDArray tanh() {
        return newArray(dataType);
    }

    @Override
    public NDArray zerosLike() {
        return newArray(dataType);
    }

    @Override
    public NDArray onesLike() {
        return newArray(dataType);
    }

    // reductions

    @Override
    public NDArray sum(int[] axes, boolean keepDims) {
        return reduced(axes, keepDims);
    }

    @Override
    public NDArray mean(int[] axes, boolean keepDims) {
        return reduced(axes, keepDims);
    }

    @Override
    public NDArray max(int[] axes, boolean keepDims) {
        return reduced(axes, keepDims);
    }

    @Override
    public NDArray softmax(int axis) {
        return newArray(dataType, shape.getShape());
    }

    @Override
    public NDArray logSoftmax(int axis) {
        return newArray(dataType, shape.getShape());
    }

    private NDArray reduced(int[] axes, boolean keepDims) {
        long[] whole = shape.getShape();
        IntPredicate gone = i -> Arrays.stream(axes).anyMatch(axis -> Math.floorMod(axis, whole.length) == i);
        return newArray(
                dataType,
                IntStream.range(0, whole.length)
                        .filter(i -> keepDims || !gone.test(i))
                        .mapToLong(i -> gone.test(i) ? 1 : whole[i])
                        .toArray());
    }

    @Override
    public NDArray any() {
        return newArray(DataType.BOOLEAN);
    }

    @Override
    public NDList topK(int k, int axis, boolean largest, boolean sorted) {
        long[] some = shape.getShape().clone();
        some[Math.floorMod(axis, some.length)] = k;
        return new NDList(newArray(dataType, some), newArray(DataType.INT64, some));
    }

    @Override
    public NDArray gather(NDArray index, int axis) {
        return newArray(dataType, index.getShape().getShape());
    }
}
