package dev.headlight.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.headlight.model.checkpoint.Weights;
import java.util.Map;
import java.util.Random;

/** Random weights of any name and shape. */
public final class RandomWeights extends Weights {
    private final NDManager manager;
    private final Random random;

    public RandomWeights(NDManager manager, Random random, DataType dtype) {
        super(Map.of(), manager, dtype, file -> false);
        this.manager = manager;
        this.random = random;
    }

    @Override
    public Weights in(String name) {
        return this;
    }

    @Override
    public Weights under(String name) {
        return this;
    }

    @Override
    public boolean has(String name) {
        return false;
    }

    @Override
    public NDArray get(String name, long... shape) {
        Shape of = new Shape(shape);
        double scale = shape.length == 1 ? 0.2 : 2 / Math.sqrt(shape[shape.length - 1]);
        float[] values = new float[Math.toIntExact(of.size())];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (scale * random.nextGaussian());
        }
        NDArray weight = manager.create(values, of);
        if (dtype() == DataType.FLOAT32) {
            return weight;
        }
        try (weight) {
            return weight.toType(dtype(), false);
        }
    }
}
