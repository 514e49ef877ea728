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
 * Estimated changes of a metric for each cell of a grid, in the forms that answers use.
 *
 * @param estimates row-major
 * @param shape of the grid
 * @param into the metric of the base run
 * @param from the metric of the source run; null for an ablation
 */
public record AtpGrid(
        double[] estimates,
        long[] shape,
        double into,
        @Nullable Double from) {
    private static final int BYTES_PER_EXACT = 80; // of JSON, approximately
    private static final int BYTES_OF_REST = 220;

    /**
     * Checks how many cells are also patched.
     *
     * @throws BadSelection for more cells than the grid has, and for none
     */
    public static void requireExact(@Nullable Integer exact, int cells) {
        if (exact != null && (exact < 1 || exact > cells)) {
            throw new BadSelection("exact", exact, "must be 1.." + cells + ", the cells of the grid");
        }
    }

    /**
     * The size of the answer without its tokens.
     *
     * @param normalised whether it has that tensor
     */
    public static AnswerSize size(Session session, @Nullable Integer exact, long cells, boolean normalised) {
        AnswerSize size = session.answerSize()
                .text(BYTES_OF_REST + (long) BYTES_PER_EXACT * (exact == null ? 0 : exact))
                .tensor()
                .values(cells);
        return normalised ? size.tensor().values(cells) : size;
    }

    /**
     * Patches the strongest cells.
     *
     * @param patched gives the metric with each of these cells patched, at its index in the grid
     */
    public List<AttributionPatching.Exact> exact(int count, Function<int[], double[]> patched) {
        int[] strongest = IntStream.range(0, estimates.length)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> -Math.abs(estimates[i])))
                .limit(count)
                .mapToInt(i -> i)
                .toArray();
        double[] metrics = patched.apply(strongest);
        List<AttributionPatching.Exact> exact = new ArrayList<>();
        for (int cell : strongest) {
            List<Integer> index = List.of((int) (cell / shape[1]), (int) (cell % shape[1]));
            exact.add(new AttributionPatching.Exact(index, estimates[cell], metrics[cell] - into));
        }
        return exact;
    }

    /** The estimates as a tensor with these axes. */
    public Tensor kept(Session session, String... dims) {
        return kept(session, 1, dims);
    }

    /** The estimates divided by the difference between the two runs; null for an ablation. */
    @Nullable
    public Tensor normalised(Session session, String... dims) {
        return from == null ? null : kept(session, from - into, dims);
    }

    private Tensor kept(Session session, double whole, String... dims) {
        float[] values = new float[estimates.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (estimates[i] / whole);
        }
        return session.memory().keep(values, shape, dims);
    }

    /** The metric of the clean run; null for an ablation. */
    @Nullable
    public Double clean(boolean noising) {
        return from == null ? null : noising ? into : from;
    }

    /** The metric of the corrupted run; null for an ablation. */
    @Nullable
    public Double corrupted(boolean noising) {
        return from == null ? null : noising ? from : Double.valueOf(into);
    }

    /** The metric of the unpatched run; null unless it is ablated. */
    @Nullable
    public Double baseline() {
        return from == null ? into : null;
    }

    /** A warning if the two runs have the same metric. */
    public List<String> warnings() {
        return from != null && from == into
                ? List.of("the metric of both runs is the same, so normalised has no finite value")
                : List.of();
    }
}
