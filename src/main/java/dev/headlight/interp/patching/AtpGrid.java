package dev.headlight.interp.patching;

import dev.headlight.interp.session.AnswerSize;
import dev.headlight.interp.session.Session;
import dev.headlight.model.fault.BadSelection;
import dev.headlight.tensor.Tensor;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The result of attribution patching (AtP): the estimated change of a metric for each cell of a grid.
 *
 * @param estimates of the cells, row-major
 * @param shape of the grid
 * @param baseMetric the metric of the base run
 * @param sourceMetric the metric of the source run; null for an ablation
 */
public record AtpGrid(
        double[] estimates,
        long[] shape,
        double baseMetric,
        @Nullable Double sourceMetric) {
    private static final int BYTES_PER_EXACT = 80; // of JSON, approximately
    private static final int BYTES_WITHOUT_CELLS = 220;

    /**
     * Checks how many cells are also patched.
     *
     * @throws BadSelection for more cells than the grid has, or fewer than 1
     */
    public static void requireExact(@Nullable Integer exact, int cells) {
        if (exact != null && (exact < 1 || exact > cells)) {
            throw new BadSelection("exact", exact, "must be 1.." + cells + ", the cells of the grid");
        }
    }

    /**
     * The size of the answer without its tokens.
     *
     * @param normalised whether it has the tensor of that name
     */
    public static AnswerSize size(Session session, @Nullable Integer exact, long cells, boolean normalised) {
        AnswerSize size = session.answerSize()
                .text(BYTES_WITHOUT_CELLS + (long) BYTES_PER_EXACT * (exact == null ? 0 : exact))
                .tensor()
                .values(cells);
        return normalised ? size.tensor().values(cells) : size;
    }

    /**
     * Patches the cells with the largest estimates.
     *
     * @param count how many cells
     * @param patch patches these cells one by one and returns the metrics, each at its cell's index in the grid
     */
    public List<AttributionPatching.Exact> exact(int count, Function<int[], double[]> patch) {
        int[] strongest = IntStream.range(0, estimates.length)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> -Math.abs(estimates[i])))
                .limit(count)
                .mapToInt(i -> i)
                .toArray();
        double[] metrics = patch.apply(strongest);
        List<AttributionPatching.Exact> exact = new ArrayList<>();
        for (int cell : strongest) {
            List<Integer> index = List.of((int) (cell / shape[1]), (int) (cell % shape[1]));
            exact.add(new AttributionPatching.Exact(index, estimates[cell], metrics[cell] - baseMetric));
        }
        return exact;
    }

    /** The estimates as a tensor with these axes, {@code [row, column]}. */
    public Tensor tensor(Session session, String... dims) {
        return tensor(session, 1, dims);
    }

    /** The estimates divided by the difference of the metric between the two runs; null for an ablation. */
    @Nullable
    public Tensor normalised(Session session, String... dims) {
        return sourceMetric == null ? null : tensor(session, sourceMetric - baseMetric, dims);
    }

    private Tensor tensor(Session session, double divisor, String... dims) {
        float[] values = new float[estimates.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (estimates[i] / divisor);
        }
        return session.memory().keep(values, shape, dims);
    }

    /** The metric of the clean run; null for an ablation. */
    @Nullable
    public Double clean(boolean noising) {
        return sourceMetric == null ? null : noising ? baseMetric : sourceMetric;
    }

    /** The metric of the corrupted run; null for an ablation. */
    @Nullable
    public Double corrupted(boolean noising) {
        return sourceMetric == null ? null : noising ? sourceMetric : Double.valueOf(baseMetric);
    }

    /** The metric of the unpatched run; null unless it is ablated. */
    @Nullable
    public Double baseline() {
        return sourceMetric == null ? baseMetric : null;
    }

    /** A warning if both runs have the same metric. */
    public List<String> warnings() {
        return sourceMetric != null && sourceMetric == baseMetric
                ? List.of("the metric of both runs is the same, so normalised has no finite value")
                : List.of();
    }
}
