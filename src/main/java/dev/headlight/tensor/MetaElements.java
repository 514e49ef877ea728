package dev.headlight.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrayAdapter;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;

/** What an array without values does element by element. */
abstract class MetaElements extends NDArrayAdapter {
    MetaElements(NDManager manager, Shape shape, DataType type) {
        super(manager, null, shape, type, "");
    }

    /** A new array of this shape. */
    abstract NDArray made(DataType type);

    /** A new array of the shape that this and another broadcast to. */
    abstract NDArray with(NDArray other, DataType type);

    @Override
    public NDArray add(NDArray other) {
        return with(other, dataType);
    }

    @Override
    public NDArray add(Number n) {
        return made(dataType);
    }

    @Override
    public NDArray sub(NDArray other) {
        return with(other, dataType);
    }

    @Override
    public NDArray mul(NDArray other) {
        return with(other, dataType);
    }

    @Override
    public NDArray mul(Number n) {
        return made(dataType);
    }

    @Override
    public NDArray div(NDArray other) {
        return with(other, dataType);
    }

    @Override
    public NDArray div(Number n) {
        return made(dataType);
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
        return made(dataType);
    }

    @Override
    public NDArray pow(Number n) {
        return made(dataType);
    }

    @Override
    public NDArray eq(NDArray other) {
        return with(other, DataType.BOOLEAN);
    }

    @Override
    public NDArray eq(Number n) {
        return made(DataType.BOOLEAN);
    }

    @Override
    public NDArray neq(NDArray other) {
        return with(other, DataType.BOOLEAN);
    }

    @Override
    public NDArray gt(Number n) {
        return made(DataType.BOOLEAN);
    }

    @Override
    public NDArray square() {
        return made(dataType);
    }

    @Override
    public NDArray sqrt() {
        return made(dataType);
    }

    @Override
    public NDArray abs() {
        return made(dataType);
    }

    @Override
    public NDArray neg() {
        return made(dataType);
    }

    @Override
    public NDArray tanh() {
        return made(dataType);
    }

    @Override
    public NDArray zerosLike() {
        return made(dataType);
    }

    @Override
    public NDArray onesLike() {
        return made(dataType);
    }
}
