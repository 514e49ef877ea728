package dev.headlight.interp.intervene;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.headlight.interp.intervene.action.HookSlice;
import dev.headlight.tensor.Ops;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Replaces a slice of a hook point's value that differs from row to row. */
public final class RowMasks {
    private RowMasks() {}

    /**
     * Replaces each row's slice, and leaves the rest as it is.
     *
     * @param value [row, axes of the site], at the last positions
     * @param by [row or 1, axes of the site], at the same positions, at all, or at 1 that stands for all
     * @param rows the slice of each row, all of one site; null for a row that stays as it is
     */
    public static NDArray replace(NDArray value, NDArray by, List<@Nullable HookSlice> rows) {
        HookSlice any = rows.stream().filter(Objects::nonNull).findFirst().orElseThrow();
        NDArray after = Ops.where(mask(value, any, rows), any.ofLast(by, value), value);
        after.attach(value.getManager()); // the replacing value has another, which outlives this run
        return after;
    }

    /** Boolean, broadcastable to the value: axes of which all is chosen, and rows that choose the same, have size 1. */
    private static NDArray mask(NDArray value, HookSlice any, List<@Nullable HookSlice> rows) {
        NDManager manager = value.getManager();
        int axes = any.shape().length;
        NDArray mask =
                manager.create(values(rows, row -> new float[] {row == null ? 0 : 1}), along(axes, rows.size(), 0, 1));
        for (int axis = 0; axis < axes; axis++) {
            int at = axis;
            int size = (int) any.shape()[axis];
            if (rows.stream().allMatch(row -> row == null || row.chosen()[at].length == size)) {
                continue;
            }
            int has = (int) value.getShape().get(axis + 1);
            boolean same =
                    rows.stream().allMatch(row -> row == null || Arrays.equals(row.chosen()[at], any.chosen()[at]));
            List<@Nullable HookSlice> told = same ? List.of(any) : rows;
            float[] chosen = values(told, row -> chosen(row, at, size, has));
            mask = mask.mul(manager.create(chosen, along(axes, told.size(), axis + 1, has)));
        }
        return mask.gt(0);
    }

    private interface OfRow {
        float[] values(@Nullable HookSlice row);
    }

    private static float[] values(List<@Nullable HookSlice> rows, OfRow of) {
        float[] first = of.values(rows.get(0));
        float[] all = Arrays.copyOf(first, first.length * rows.size());
        IntStream.range(1, rows.size())
                .forEach(i -> System.arraycopy(of.values(rows.get(i)), 0, all, i * first.length, first.length));
        return all;
    }

    /** 1 where chosen, of the last elements of an axis. */
    private static float[] chosen(@Nullable HookSlice row, int axis, int size, int has) {
        float[] chosen = new float[has];
        if (row != null) {
            for (int index : row.chosen()[axis]) {
                if (index >= size - has) {
                    chosen[index - (size - has)] = 1;
                }
            }
        }
        return chosen;
    }

    private static Shape along(int axes, int rows, int axis, long size) {
        long[] shape = new long[axes + 1];
        Arrays.fill(shape, 1);
        shape[axis] = size;
        shape[0] = rows;
        return new Shape(shape);
    }
}
