package dev.headlight.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.headlight.model.Allocations;
import dev.headlight.model.Fixture;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Compares arrays without values to real ones of PyTorch: same shapes and same memory, with views and copies told apart. */
class CostCounterTest {
    private static final int ROUNDS = 300;
    private static final int STEPS = 12;
    private static final int MOST_AXES = 6;

    private final CostCounter counter = new CostCounter();

    /** Applies the same random operations to an array with values and to one without. */
    @Test
    void whateverIsDoneTheShapesAndTheMemoryAreThoseOfPyTorch() {
        for (int round = 0; round < ROUNDS; round++) {
            Random random = new Random(round);
            try (Allocations real = new Allocations();
                    NDManager torch = Fixture.TORCH.newManager();
                    NDManager meta = counter.open(Device.cpu())) {
                Shape shape = new Shape(IntStream.range(0, 2 + random.nextInt(3))
                        .mapToLong(i -> 1 + random.nextInt(5))
                        .toArray());
                applySteps(random, torch.ones(shape), meta.ones(shape), real);
            }
            assertThat(counter.held()).isZero();
        }
    }

    private void applySteps(Random random, NDArray firstValue, NDArray firstMeta, Allocations real) {
        NDArray value = firstValue;
        NDArray meta = firstMeta;
        List<String> done = new ArrayList<>(List.of(value.getShape().toString()));
        for (int i = 0; i < STEPS; i++) {
            Step step = step(random, value.getShape());
            done.add(step.name);
            NDArray nextValue = step.operation.apply(value);
            NDArray nextMeta = step.operation.apply(meta);
            assertThat(nextMeta.getShape()).as(done.toString()).isEqualTo(nextValue.getShape());
            assertThat(nextMeta.getDataType()).isEqualTo(nextValue.getDataType());
            assertThat(counter.held()).as(done.toString()).isEqualTo(real.held());
            if (random.nextBoolean() && nextValue != value) { // a view keeps the memory of its closed array
                value.close();
                meta.close();
                assertThat(counter.held()).as(done + " closed").isEqualTo(real.held());
            }
            value = nextValue;
            meta = nextMeta;
        }
    }

    /** One operation with its name. */
    private record Step(String name, UnaryOperator<NDArray> operation) {}

    /** An operation for arrays of a shape, with its parameters drawn at random. */
    private static Step step(Random random, Shape shape) {
        int axis = random.nextInt(shape.dimension());
        List<Step> steps = new ArrayList<>();
        steps.addAll(views(random, shape, axis));
        steps.addAll(elementWise(shape));
        steps.addAll(overAnAxis(axis));
        steps.addAll(copies(random, shape, axis));
        if (shape.dimension() >= 2 && shape.dimension() < 5) {
            steps.addAll(products(shape));
        }
        if (shape.dimension() < MOST_AXES) {
            steps.addAll(withOneMoreAxis(shape, axis));
        }
        return steps.get(random.nextInt(steps.size()));
    }

    private static List<Step> views(Random random, Shape shape, int axis) {
        int rank = shape.dimension();
        int[] axes = axes(random, rank);
        long[] sizes = sizes(random, shape.size());
        long from = random.nextInt((int) shape.get(axis));
        return List.of(
                new Step("transpose" + Arrays.toString(axes), x -> x.transpose(axes)),
                new Step("swapAxes", x -> x.swapAxes(0, rank - 1)),
                new Step("reshape" + Arrays.toString(sizes), x -> x.reshape(sizes)),
                new Step("flatten", NDArray::flatten),
                new Step("slice" + axis, x -> Ops.slice(x, axis, from, shape.get(axis))),
                new Step("row", x -> Ops.row(x, 0).expandDims(0)));
    }

    private static List<Step> withOneMoreAxis(Shape shape, int axis) {
        return List.of(
                new Step("expandDims" + axis, x -> x.expandDims(axis)),
                new Step("expand", x -> Ops.expand(x.expandDims(0), new Shape(3).addAll(shape))),
                new Step("stack" + axis, x -> Ops.stack(List.of(x, x), axis)));
    }

    private static List<Step> elementWise(Shape shape) {
        return List.of(
                new Step("add a number", x -> x.add(1)),
                new Step("add itself", x -> x.add(x)),
                new Step("add a row", x -> x.add(x.getManager().ones(new Shape(shape.tail())))),
                new Step("in place", x -> x.add(1).muli(2).addi(1)),
                new Step("clamp", x -> x.maximum(-0.5).minimum(0.5)),
                new Step("tanh", NDArray::tanh),
                new Step("log", NDArray::log),
                new Step("gelu", Nonlinearities::geluTanh),
                new Step("where", x -> Ops.where(x.gt(0), x.zerosLike(), x)),
                new Step("float64", x -> x.toType(DataType.FLOAT64, false).toType(DataType.FLOAT32, false)),
                new Step("float16", x -> x.toType(DataType.FLOAT16, false).toType(DataType.FLOAT32, false)),
                new Step("only", x -> Scratch.only(() -> x.add(1).mul(2).sub(x))));
    }

    private static List<Step> overAnAxis(int axis) {
        int[] axes = {axis};
        return List.of(
                new Step("sum" + axis, x -> x.sum(axes, true)),
                new Step("mean" + axis, x -> x.mean(axes, true)),
                new Step("greater than its sum", x -> x.gt(x.sum(axes, true)).toType(DataType.FLOAT32, false)),
                new Step("softmax", x -> x.softmax(-1)));
    }

    private static List<Step> copies(Random random, Shape shape, int axis) {
        int[] indices =
                random.ints(1 + random.nextInt(4), 0, (int) shape.get(axis)).toArray();
        return List.of(
                new Step("select" + axis + Arrays.toString(indices), x -> Ops.select(x, axis, indices)),
                new Step(
                        "concat",
                        x -> Ops.concat(List.of(x.flatten(), x.flatten()), 0))); // 4 axes keep a channels-last layout
    }

    private static List<Step> products(Shape shape) {
        int rank = shape.dimension();
        int[] transposed = IntStream.range(0, rank).toArray();
        transposed[rank - 1] = rank - 2;
        transposed[rank - 2] = rank - 1;
        Shape matrix = new Shape(shape.get(rank - 1), 2);
        return List.of(
                new Step("matMul with itself", x -> x.matMul(x.transpose(transposed))),
                new Step("matMul with one matrix", x -> x.matMul(x.getManager().ones(matrix))));
    }

    private static int[] axes(Random random, int rank) {
        List<Integer> axes = new ArrayList<>(IntStream.range(0, rank).boxed().toList());
        Collections.shuffle(axes, random);
        return axes.stream().mapToInt(i -> i).toArray();
    }

    private static long[] sizes(Random random, long size) {
        List<Long> factors = new ArrayList<>();
        long rest = size;
        for (int i = 0; i < 3; i++) {
            long[] divisors = divisors(rest);
            factors.add(divisors[random.nextInt(divisors.length)]);
            rest /= factors.get(i);
        }
        factors.add(rest);
        return factors.stream().mapToLong(i -> i).toArray();
    }

    private static long[] divisors(long n) {
        return IntStream.rangeClosed(1, (int) n)
                .filter(d -> n % d == 0)
                .mapToLong(d -> d)
                .toArray();
    }

    @Test
    void thePeakIsTheMostThatWasHeldAtOnceAndProductsAreCounted() {
        try (NDManager meta = counter.open(Device.cpu())) {
            NDArray x = meta.ones(new Shape(2, 3)); // 24 bytes
            try (NDArray y = x.add(1)) {
                y.mul(2).close(); // 72 bytes
            }
            x.matMul(meta.ones(new Shape(3, 5))).close(); // 24 + 60 + 40 bytes
            assertThat(counter.held()).isEqualTo(84);
            assertThat(counter.peak()).isEqualTo(124);
            assertThat(counter.flops()).isEqualTo(2 * 2 * 3 * 5);
        }
        assertThat(counter.held()).isZero();
    }

    /** Until the backward pass, PyTorch keeps what a gradient is computed from, even if it is closed. */
    @Test
    void whatIsDifferentiatedIsHeldUntilTheBackwardPass() {
        try (NDManager meta = counter.open(Device.cpu())) {
            NDArray x = meta.ones(new Shape(2, 3));
            Ops.differentiate(true, x);
            NDArray leaf = Ops.leaf(x);
            NDArray y;
            try (NDArray sum = x.add(leaf)) {
                y = sum.matMul(meta.ones(new Shape(3, 5)));
            }
            assertThat(counter.held()).isEqualTo(24 + 24 + 24 + 60 + 40);
            Ops.backward(y.sum(new int[] {0, 1}, false));
            assertThat(counter.held()).isEqualTo(24 + 24 + 60 + 40 + 4);
            assertThat(Ops.gradient(leaf).getShape()).isEqualTo(x.getShape());
            assertThat(counter.flops()).isEqualTo(3 * 2 * 2 * 3 * 5); // one forward product, two backward ones
        }
        assertThat(counter.held()).isZero();
    }

    @Test
    void whatAnArrayWithoutValuesCannotDoIsRefused() {
        try (NDManager meta = counter.open(Device.cpu())) {
            NDArray x = meta.ones(new Shape(2, 3));
            assertThat(x.toFloatArray()).containsOnly(0).hasSize(6);
            assertThatThrownBy(x::erf).isInstanceOf(UnsupportedOperationException.class);
            assertThatThrownBy(() -> x.toByteBuffer(true)).isInstanceOf(UnsupportedOperationException.class);
            assertThatThrownBy(() -> x.add(meta.ones(new Shape(4)))).isInstanceOf(IllegalArgumentException.class);
            x.close();
            assertThatThrownBy(() -> x.getShape()).isInstanceOf(IllegalStateException.class);
        }
    }
}
