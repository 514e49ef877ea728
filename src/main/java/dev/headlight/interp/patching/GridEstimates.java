package dev.headlight.interp.patching;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import dev.headlight.interp.patching.SweepGrid.Axis;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.Site;
import dev.headlight.model.schedule.Cancellation;
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
 * @see <a href="https://www.neelnanda.io/mechanistic-interpretability/attribution-patching">Nanda, 2023, attribution
 *     patching</a>
 */
final class GridEstimates {
    private final SweepGrid grid;
    private final Map<HookName, NDArray> changes;
    private final double[] sums;
    private int passes;

    /**
     * Estimates before the first pass.
     *
     * @param changes source minus base run, for every hook point of the grid: {@code [1, axes of the site]}
     */
    GridEstimates(SweepGrid grid, Map<HookName, NDArray> changes) {
        this.grid = grid;
        this.changes = changes;
        this.sums = new double[grid.size()];
    }

    /** Source minus base run at each hook point, 0 for masked scores: {@code [1, axes of the site]}. */
    static Map<HookName, NDArray> changes(
            Iterable<HookName> hooks, PreparedSweep.Source source, GradientRun.Pass base) {
        Map<HookName, NDArray> changes = new HashMap<>();
        for (HookName hook : hooks) {
            NDArray value = Ops.constant(base.values().value(hook));
            NDArray change = value.neg().add(source.replacement(hook, value));
            changes.put(
                    hook,
                    hook.site() == Site.ATTN_SCORES
                            ? Ops.where(value.eq(Float.NEGATIVE_INFINITY), value.zerosLike(), change)
                            : change);
        }
        return changes;
    }

    /** Adds one pass to the average. */
    void add(GradientRun.Pass pass) {
        passes++;
        int cell = 0;
        for (int layer : grid.layers()) {
            Cancellation.current().check();
            HookName hook = new HookName(layer, grid.site());
            for (double estimate : cellEstimates(
                    Objects.requireNonNull(changes.get(hook)), pass.gradients().of(hook))) {
                sums[cell++] += estimate;
            }
        }
    }

    /** The estimates of one layer's cells, in order, from a change and a gradient: {@code [1, axes of the site]}. */
    private double[] cellEstimates(NDArray change, NDArray gradient) {
        NDArray product = gradient.mul(change).toType(DataType.FLOAT64, false);
        List<Integer> summedAxes = new ArrayList<>();
        for (Axis axis : List.of(Axis.POSITION, Axis.HEAD, Axis.NEURON)) {
            int index = axisIndex(axis);
            if (index > 0) {
                product = Ops.select(product, index, grid.chosen(axis));
                if (!grid.over().contains(axis)) {
                    summedAxes.add(index);
                }
            }
        }
        NDArray perCell = product.sum(summedAxes.stream().mapToInt(i -> i).toArray(), true);
        boolean transposed = grid.over().equals(List.of(Axis.HEAD, Axis.POSITION))
                && axisIndex(Axis.POSITION) < axisIndex(Axis.HEAD);
        return (transposed ? perCell.swapAxes(axisIndex(Axis.POSITION), axisIndex(Axis.HEAD)) : perCell)
                .flatten()
                .toDoubleArray();
    }

    /** The index of an axis in a value {@code [1, axes of the site]}; 0 if it has no such axis. */
    private int axisIndex(Axis axis) {
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
