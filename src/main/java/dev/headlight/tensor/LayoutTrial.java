package dev.headlight.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.util.Comparator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongToDoubleFunction;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the layout of {@link PackedWeight} that is the fastest for a size of weights, by timing products with several numbers
 * of rows on this thread. A layout that does not suit a number of rows can take 10 to 100 times as long as PyTorch's own
 * product.
 */
final class LayoutTrial {
    private static final Logger log = LoggerFactory.getLogger(LayoutTrial.class);
    private static final long[] TRIED_ROWS = {16, 32, 48, 64, 96, 128, 192, 256};
    private static final double MOST_FLOPS = 8e9; // of one product; larger ones would take too long to try
    private static final long FEWEST_ROWS = 8; // fewer read the weight once in PyTorch's product too
    private static final double SLOWER = 1.1; // times PyTorch's product; less is noise
    private static final double WRONG_LAYOUT = 6; // times PyTorch's product; more rows are not tried
    private static final long NANOS = 10_000_000; // for one comparison, of at least two runs each
    private static final int MOST_RUNS = 50;
    private static final Map<Size, Result> RESULTS = new ConcurrentHashMap<>();

    private record Size(long inputs, long outputs) {}

    /**
     * The layout to use.
     *
     * @param fewestRows the fewest rows that it is used for
     * @param mostRows the most rows that it is used for; 0 if it is always slower than PyTorch's own product
     * @param gain seconds saved per second of PyTorch's own products, summed over the tried numbers of rows
     */
    record Result(PackedWeight.Layout layout, long fewestRows, long mostRows, double gain) {
        boolean isUseful() {
            return mostRows > 0;
        }

        boolean serves(long rows) {
            return rows >= fewestRows && rows <= mostRows;
        }
    }

    private LayoutTrial() {}

    /**
     * The layout for weights of this size, tried once.
     *
     * @param weight [out, in]
     * @param bias [out]
     */
    static Result of(NDArray weight, NDArray bias) {
        Size size = new Size(weight.getShape().get(1), weight.getShape().get(0));
        return RESULTS.computeIfAbsent(size, s -> best(weight, bias));
    }

    private static Result best(NDArray weight, NDArray bias) {
        Ops.differentiate(false, weight);
        Result best = Stream.of(PackedWeight.Layout.values())
                .map(layout -> timed(layout, weight, bias))
                .max(Comparator.comparingDouble(Result::gain))
                .orElseThrow();
        log.debug("Weights {} are multiplied as {}", weight.getShape(), best);
        return best;
    }

    private static Result timed(PackedWeight.Layout layout, NDArray weight, NDArray bias) {
        try (NDArray packed = layout.pack(weight)) {
            return attempt(layout, weight.size(), rows -> {
                try (NDArray x = weight.getManager()
                        .ones(new Shape(rows, weight.getShape().get(1)))) {
                    return ratio(() -> layout.linear(x, packed, bias), () -> Ops.linear(x, weight, bias));
                }
            });
        }
    }

    /**
     * Tries ever more rows, until the layout no longer suits them.
     *
     * @param weights how many
     * @param ratio the time of a product with this number of rows over that of PyTorch's own
     */
    static Result attempt(PackedWeight.Layout layout, long weights, LongToDoubleFunction ratio) {
        long fewest = FEWEST_ROWS;
        long most = 0;
        double gain = 0;
        for (long rows : TRIED_ROWS) {
            if (2.0 * rows * weights > MOST_FLOPS) {
                break;
            }
            double found = ratio.applyAsDouble(rows);
            if (found > SLOWER && found < WRONG_LAYOUT) {
                found = Math.min(found, ratio.applyAsDouble(rows)); // another thread may have disturbed it
            }
            if (found <= SLOWER) {
                most = rows;
                gain += 1 - found;
            } else if (most > 0 || found > WRONG_LAYOUT) {
                return new Result(layout, fewest, most, gain);
            } else {
                fewest = rows + 1;
            }
        }
        return new Result(layout, fewest, most > 0 && layout.suitsMoreRows() ? Long.MAX_VALUE : most, gain);
    }

    /** The shortest time of one over that of another, in turn, after a run of each that compiles its kernel. */
    private static double ratio(Supplier<NDArray> one, Supplier<NDArray> other) {
        nanos(one);
        nanos(other);
        long least = Long.MAX_VALUE;
        long leastOther = Long.MAX_VALUE;
        long end = System.nanoTime() + NANOS;
        for (int i = 0; i < 2 || (i < MOST_RUNS && System.nanoTime() < end); i++) {
            leastOther = Math.min(leastOther, nanos(other));
            least = Math.min(least, nanos(one));
            if (i > 0 && least > WRONG_LAYOUT * leastOther) {
                break;
            }
        }
        return (double) least / leastOther;
    }

    private static long nanos(Supplier<NDArray> product) {
        long start = System.nanoTime();
        product.get().close();
        return System.nanoTime() - start;
    }
}
