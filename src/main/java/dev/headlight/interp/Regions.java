package dev.headlight.interp;

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

/** Each row's own part of a hook point's value. */
final class Regions {
    private Regions() {}

    /**
     * The value with each row's part replaced, and all else as it is.
     *
     * @param value (row, …) with the site's axes, at the last positions
     * @param by (row or 1, …), of these positions, of all, or of 1 that stands for all
     * @param rows one a row, of one site; null for none of it
     */
    static NDArray replace(NDArray value, NDArray by, List<@Nullable HookSlice> rows) {
        HookSlice any = rows.stream().filter(Objects::nonNull).findFirst().orElseThrow();
        NDArray after = Ops.where(mask(value, any, rows), any.ofLast(by, value), value);
        after.attach(value.getManager()); // what is put there has another, which outlives this run
        return after;
    }

    /** Boolean, broadcast to the value; what is the same for all rows or on a whole axis is not spread out. */
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
