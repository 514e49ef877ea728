package dev.headlight.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.util.Comparator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Finds the layout of {@link PackedWeight} that is the fastest for a size of weights, by trying products with several numbers
 * of rows. A layout that does not suit a number of rows can take 10 to 100 times as long as PyTorch's own product.
 */
final class LayoutTrial {
    private static final long[] TRIED_ROWS = {16, 32, 64, 128, 256};
    private static final long FEWEST_ROWS = 8; // fewer read the weight once in PyTorch's product too
    private static final double SLOWER = 1.1; // times PyTorch's product; less is noise
    private static final double WRONG_LAYOUT = 3; // times PyTorch's product; more rows would take long to try
    private static final long NANOS = 10_000_000; // for one product, at least two runs of it
    private static final int MOST_RUNS = 50;
    private static final Map<Size, Result> RESULTS = new ConcurrentHashMap<>();

    private record Size(long inputs, long outputs) {}

    /**
     * The layout to use.
     *
     * @param fewestRows the fewest rows for which it is not slower than PyTorch's own product
     * @param mostRows the most such rows; 0 if it is always slower
     * @param gain seconds saved per second of PyTorch's own products, summed over the tried numbers of rows
     */
    record Result(PackedWeight.Layout layout, long fewestRows, long mostRows, double gain) {
        boolean serves(long rows) {
            return rows >= fewestRows && rows <= mostRows;
        }
    }

    private final NDArray weight;
    private final NDArray bias;
    private final double[] plainSeconds = new double[TRIED_ROWS.length]; // 0 if not tried yet

    private LayoutTrial(NDArray weight, NDArray bias) {
        this.weight = weight;
        this.bias = bias;
    }

    /**
     * The layout for weights of this size, tried once.
     *
     * @param weight [out, in]
     * @param bias [out]
     */
    static Result of(NDArray weight, NDArray bias) {
        Size size = new Size(weight.getShape().get(1), weight.getShape().get(0));
        return RESULTS.computeIfAbsent(size, s -> new LayoutTrial(weight, bias).best());
    }

    private Result best() {
        Ops.differentiate(false, weight);
        return Stream.of(PackedWeight.Layout.values())
                .map(this::attempt)
                .max(Comparator.comparingDouble(Result::gain))
                .orElseThrow();
    }

    /** Tries ever more rows, until the layout no longer suits them. */
    private Result attempt(PackedWeight.Layout layout) {
        long fewest = FEWEST_ROWS;
        long most = 0;
        double gain = 0;
        try (NDArray packed = layout.pack(weight)) {
            for (int i = 0; i < TRIED_ROWS.length; i++) {
                double ratio = ratio(layout, packed, i);
                if (ratio <= SLOWER) {
                    most = TRIED_ROWS[i];
                    gain += 1 - ratio;
                } else if (most > 0 || ratio > WRONG_LAYOUT) {
                    return new Result(layout, fewest, most, gain);
                } else {
                    fewest = TRIED_ROWS[i] + 1;
                }
            }
        }
        boolean forMore = layout == PackedWeight.Layout.INNER_PRODUCT; // its time grows evenly with the rows
        return new Result(layout, fewest, forMore && most > 0 ? Long.MAX_VALUE : most, gain);
    }

    /** Time of a product over that of PyTorch's own. */
    private double ratio(PackedWeight.Layout layout, NDArray packed, int i) {
        Shape shape = new Shape(TRIED_ROWS[i], weight.getShape().get(1));
        try (NDArray x = weight.getManager().ones(shape)) {
            if (plainSeconds[i] == 0) {
                plainSeconds[i] = seconds(() -> Ops.linear(x, weight, bias));
            }
            return seconds(() -> layout.linear(x, packed, bias, PackedWeight.Step.NONE)) / plainSeconds[i];
        }
    }

    /** The shortest time of a few, after one that compiles the kernel. */
    private static double seconds(Supplier<NDArray> product) {
        product.get().close();
        long least = Long.MAX_VALUE;
        long end = System.nanoTime() + NANOS;
        for (int i = 0; i < 2 || (i < MOST_RUNS && System.nanoTime() < end); i++) {
            long start = System.nanoTime();
            product.get().close();
            least = Math.min(least, System.nanoTime() - start);
        }
        return least / 1e9;
    }
}
