package dev.headlight.interp;

import dev.headlight.model.BadSelection;
import dev.headlight.tensor.Tensor;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Estimates of what patching each cell of a grid changes, as answers give them.
 *
 * @param estimates row-major
 * @param into the metric of the run patched into
 * @param from that of the run patched from; null for an ablation
 */
record Estimated(
        double[] estimates,
        long[] shape,
        double into,
        @Nullable Double from) {
    private static final int BYTES_PER_EXACT = 80; // of JSON, about
    private static final int BYTES_OF_REST = 220;

    /** @throws BadSelection for more cells than there are, or none */
    static void requireExact(@Nullable Integer exact, int cells) {
        if (exact != null && (exact < 1 || exact > cells)) {
            throw new BadSelection("exact", exact, "must be 1.." + cells + ", the cells of the grid");
        }
    }

    /**
     * What the answer takes beside its tokens.
     *
     * @param normalised whether it has that tensor too
     */
    static AnswerSize size(Session session, @Nullable Integer exact, long cells, boolean normalised) {
        AnswerSize size = session.answerSize()
                .text(BYTES_OF_REST + (long) BYTES_PER_EXACT * (exact == null ? 0 : exact))
                .tensor()
                .values(cells);
        return normalised ? size.tensor().values(cells) : size;
    }

    /**
     * The strongest cells, and what patching them changes.
     *
     * @param patched gives the metric with each of these cells patched, at its place in the grid
     */
    List<AttributionPatching.Exact> exact(int count, Function<int[], double[]> patched) {
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

    Tensor kept(Session session, String... dims) {
        return kept(session, 1, dims);
    }

    /** As shares of the way from the one run to the other; null for an ablation. */
    @Nullable
    Tensor normalised(Session session, String... dims) {
        return from == null ? null : kept(session, from - into, dims);
    }

    private Tensor kept(Session session, double whole, String... dims) {
        float[] values = new float[estimates.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (estimates[i] / whole);
        }
        return session.kept().keep(values, shape, dims);
    }

    @Nullable
    Double clean(boolean noising) {
        return from == null ? null : noising ? into : from;
    }

    @Nullable
    Double corrupted(boolean noising) {
        return from == null ? null : noising ? from : Double.valueOf(into);
    }

    @Nullable
    Double baseline() {
        return from == null ? into : null;
    }

    List<String> warnings() {
        return from != null && from == into
                ? List.of("the metric of both runs is the same, so normalised has no finite value")
                : List.of();
    }
}
