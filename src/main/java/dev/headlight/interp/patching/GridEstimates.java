package dev.headlight.interp.patching;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import dev.headlight.interp.patching.SweepGrid.Axis;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.Site;
import dev.headlight.tensor.Ops;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * First-order estimates for every cell of a grid: the change of its values times the gradient of the metric, summed over the
 * cell. Several passes are averaged.
 *
 * @see <a href="https://www.neelnanda.io/mechanistic-interpretability/attribution-patching">Nanda, 2023, attribution patching</a>
 */
final class GridEstimates {
    private final SweepGrid grid;
    private final Map<HookName, NDArray> changes;
    private final double[] sums;
    private int passes;

    /**
     * Estimates without any pass yet.
     *
     * @param changes source minus base run (1, the site's axes), for every hook point of the grid
     */
    GridEstimates(SweepGrid grid, Map<HookName, NDArray> changes) {
        this.grid = grid;
        this.changes = changes;
        this.sums = new double[grid.size()];
    }

    /** Source minus base run (1, the site's axes) at each hook point; 0 for masked scores. */
    static Map<HookName, NDArray> changes(Iterable<HookName> hooks, PatchRuns.Values source, GradientRun.Pass target) {
        Map<HookName, NDArray> changes = new HashMap<>();
        for (HookName hook : hooks) {
            NDArray own = Ops.constant(target.values().value(hook));
            NDArray change = own.neg().add(source.of(hook, own));
            changes.put(
                    hook,
                    hook.site() == Site.ATTN_SCORES
                            ? Ops.where(own.eq(Float.NEGATIVE_INFINITY), own.zerosLike(), change)
                            : change);
        }
        return changes;
    }

    /** Adds one pass to the average. */
    void add(GradientRun.Pass pass) {
        passes++;
        int at = 0;
        for (int layer : grid.layers()) {
            HookName hook = new HookName(layer, grid.site());
            for (double part : parts(
                    Objects.requireNonNull(changes.get(hook)), pass.gradients().of(hook))) {
                sums[at++] += part;
            }
        }
    }

    /** The estimates of one layer's cells, in order, from a change and a gradient (1, the site's axes). */
    private double[] parts(NDArray change, NDArray gradient) {
        NDArray product = gradient.mul(change).toType(DataType.FLOAT64, false);
        List<Integer> summed = new ArrayList<>();
        for (Axis axis : List.of(Axis.POSITION, Axis.HEAD, Axis.NEURON)) {
            int at = at(axis);
            if (at > 0) {
                product = Ops.select(product, at, grid.chosen(axis));
                if (!grid.over().contains(axis)) {
                    summed.add(at);
                }
            }
        }
        NDArray sums = product.sum(summed.stream().mapToInt(i -> i).toArray(), true);
        boolean transposed = grid.over().equals(List.of(Axis.HEAD, Axis.POSITION)) && at(Axis.POSITION) < at(Axis.HEAD);
        return (transposed ? sums.swapAxes(at(Axis.POSITION), at(Axis.HEAD)) : sums)
                .flatten()
                .toDoubleArray();
    }

    /** The index of an axis in a value (1, the site's axes); 0 if it has no such axis. */
    private int at(Axis axis) {
        boolean attention = grid.site().isAttention();
        return switch (axis) {
            case POSITION -> grid.site().positionAxis() + 1;
            case HEAD -> attention ? 1 : grid.site().hasHeads() ? 2 : 0;
            case NEURON -> grid.site().axes().size();
            case LAYER, SENDER, RECEIVER -> 0;
        };
    }

    /** The mean over the passes, in the order of the grid. */
    double[] estimates() {
        return Arrays.stream(sums).map(sum -> sum / passes).toArray();
    }
}
