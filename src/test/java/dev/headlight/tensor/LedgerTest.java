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

/** Arrays without values against PyTorch's own: the same shapes, and the same memory, views and copies told apart. */
class LedgerTest {
    private static final int ROUNDS = 300;

    private final Ledger ledger = new Ledger();

    /** The same operations, drawn at random, on an array with values and on one without. */
    @Test
    void whateverIsDoneTheShapesAndTheMemoryAreThoseOfPyTorch() {
        for (int round = 0; round < ROUNDS; round++) {
            Random random = new Random(round);
            try (Allocations real = new Allocations();
                    NDManager torch = Fixture.TORCH.newManager();
                    NDManager paper = ledger.open(Device.cpu())) {
                Shape shape = new Shape(IntStream.range(0, 2 + random.nextInt(3))
                        .mapToLong(i -> 1 + random.nextInt(5))
                        .toArray());
                NDArray value = torch.ones(shape);
                NDArray meta = paper.ones(shape);
                List<String> done = new ArrayList<>(List.of(shape.toString()));
                for (int i = 0; i < 12; i++) {
                    Step step = step(random, value.getShape());
                    done.add(step.name);
                    NDArray nextValue = step.operation.apply(value);
                    NDArray nextMeta = step.operation.apply(meta);
                    assertThat(nextMeta.getShape()).as(done.toString()).isEqualTo(nextValue.getShape());
                    assertThat(nextMeta.getDataType()).isEqualTo(nextValue.getDataType());
                    assertThat(ledger.held()).as(done.toString()).isEqualTo(real.held());
                    if (random.nextBoolean() && nextValue != value) { // a view outlives what it is a view of
                        value.close();
                        meta.close();
                        assertThat(ledger.held()).as(done + " closed").isEqualTo(real.held());
                    }
                    value = nextValue;
                    meta = nextMeta;
                }
            }
            assertThat(ledger.held()).isZero();
        }
    }

    private record Step(String name, UnaryOperator<NDArray> operation) {}

    private static Step step(Random random, Shape shape) {
        int rank = shape.dimension();
        int axis = random.nextInt(rank);
        int[] axes = axes(random, rank);
        long[] sizes = sizes(random, shape.size());
        int[] indices =
                random.ints(1 + random.nextInt(4), 0, (int) shape.get(axis)).toArray();
        long from = random.nextInt((int) shape.get(axis));
        List<Step> steps = new ArrayList<>(List.of(
                new Step("transpose" + Arrays.toString(axes), x -> x.transpose(axes)),
                new Step("swap", x -> x.swapAxes(0, rank - 1)),
                new Step("reshape" + Arrays.toString(sizes), x -> x.reshape(sizes)),
                new Step("flatten", NDArray::flatten),
                new Step("expandDims" + axis, x -> x.expandDims(axis)),
                new Step(
                        "slice" + axis,
                        x -> Ops.slice(x, axis, from, x.getShape().get(axis))),
                new Step("row", x -> Ops.row(x, 0).expandDims(0)),
                new Step("select" + axis + Arrays.toString(indices), x -> Ops.select(x, axis, indices)),
                new Step("broadcast", x -> Ops.expand(x.expandDims(0), new Shape(3).addAll(shape))),
                new Step("add", x -> x.add(1)),
                new Step("add itself", x -> x.add(x)),
                new Step("add small", x -> x.add(x.getManager().ones(new Shape(shape.tail())))),
                new Step("in place", x -> x.add(1).muli(2).addi(1)),
                new Step("between", x -> x.maximum(-0.5).minimum(0.5)),
                new Step("tanh", NDArray::tanh),
                new Step("log", NDArray::log),
                new Step("gelu", Nonlinearities::geluTanh),
                new Step(
                        "more than its sum",
                        x -> x.gt(x.sum(new int[] {axis}, true)).toType(DataType.FLOAT32, false)),
                new Step("where", x -> Ops.where(x.gt(0), x.zerosLike(), x)),
                new Step("sum" + axis, x -> x.sum(new int[] {axis}, true)),
                new Step("mean" + axis, x -> x.mean(new int[] {axis}, true)),
                new Step("stack", x -> Ops.stack(List.of(x, x), axis)),
                new Step(
                        "concat",
                        x -> Ops.concat(List.of(x.flatten(), x.flatten()), 0)), // of images it keeps the layout
                new Step("softmax", x -> x.softmax(-1)),
                new Step("wide", x -> x.toType(DataType.FLOAT64, false).toType(DataType.FLOAT32, false)),
                new Step("half", x -> x.toType(DataType.FLOAT16, false).toType(DataType.FLOAT32, false)),
                new Step("only", x -> Scratch.only(() -> x.add(1).mul(2).sub(x)))));
        if (rank >= 2 && rank < 5) {
            int[] turned = IntStream.range(0, rank).toArray();
            turned[rank - 1] = rank - 2;
            turned[rank - 2] = rank - 1;
            steps.add(new Step("matMul", x -> x.matMul(x.transpose(turned))));
            Shape matrix = new Shape(shape.get(rank - 1), 2);
            steps.add(new Step(
                    "matMul of one matrix", x -> x.matMul(x.getManager().ones(matrix))));
        }
        Collections.shuffle(steps, random);
        return steps.stream()
                .filter(s ->
                        rank < 6 || !List.of("broadcast", "stack").contains(s.name) && !s.name.startsWith("expand"))
                .findFirst()
                .orElseThrow();
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
        try (NDManager paper = ledger.open(Device.cpu())) {
            NDArray x = paper.ones(new Shape(2, 3)); // 24 bytes
            try (NDArray y = x.add(1)) {
                y.mul(2).close(); // 72 bytes
            }
            x.matMul(paper.ones(new Shape(3, 5))).close(); // 24 + 60 + 40 bytes
            assertThat(ledger.held()).isEqualTo(84);
            assertThat(ledger.peak()).isEqualTo(124);
            assertThat(ledger.flops()).isEqualTo(2 * 2 * 3 * 5);
        }
        assertThat(ledger.held()).isZero();
    }

    /** PyTorch keeps what a gradient is computed from until the backward pass, whoever closes it. */
    @Test
    void whatIsDifferentiatedIsHeldUntilTheBackwardPass() {
        try (NDManager paper = ledger.open(Device.cpu())) {
            NDArray x = paper.ones(new Shape(2, 3));
            Ops.differentiate(true, x);
            NDArray leaf = Ops.leaf(x);
            NDArray y;
            try (NDArray sum = x.add(leaf)) {
                y = sum.matMul(paper.ones(new Shape(3, 5)));
            }
            assertThat(ledger.held()).isEqualTo(24 + 24 + 24 + 60 + 40);
            Ops.backward(y.sum(new int[] {0, 1}, false));
            assertThat(ledger.held()).isEqualTo(24 + 24 + 60 + 40 + 4);
            assertThat(Ops.gradient(leaf).getShape()).isEqualTo(x.getShape());
            assertThat(ledger.flops()).isEqualTo(3 * 2 * 2 * 3 * 5); // once forth, twice back
        }
        assertThat(ledger.held()).isZero();
    }

    @Test
    void whatAnArrayWithoutValuesCannotDoIsRefused() {
        try (NDManager paper = ledger.open(Device.cpu())) {
            NDArray x = paper.ones(new Shape(2, 3));
            assertThat(x.toFloatArray()).containsOnly(0).hasSize(6);
            assertThatThrownBy(x::erf).isInstanceOf(UnsupportedOperationException.class);
            assertThatThrownBy(() -> x.toByteBuffer(true)).isInstanceOf(UnsupportedOperationException.class);
            assertThatThrownBy(() -> x.add(paper.ones(new Shape(4)))).isInstanceOf(IllegalArgumentException.class);
            x.close();
            assertThatThrownBy(() -> x.getShape()).isInstanceOf(IllegalStateException.class);
        }
    }
}
