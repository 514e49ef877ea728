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

/** Replaces a slice of a hook point's value, where each row of a batch has a slice of its own. */
public final class RowReplacement {
    private RowReplacement() {}

    /**
     * Replaces each row's slice, and leaves the rest as it is.
     *
     * @param value {@code [row, axes of the site]}, at the last positions
     * @param replacement {@code [row or 1, axes of the site]}: at the same positions, at all positions, or at 1 that
     *     stands for all
     * @param rows the slice of each row, all of one site; null for a row that stays as it is
     * @return {@code [row, axes of the site]}
     */
    public static NDArray replace(NDArray value, NDArray replacement, List<@Nullable HookSlice> rows) {
        HookSlice first = rows.stream().filter(Objects::nonNull).findFirst().orElseThrow();
        NDArray after = Ops.where(mask(value, first, rows), first.atPositionsOf(replacement, value), value);
        after.attach(value.getManager()); // the replacement has a manager that outlives this run
        return after;
    }

    /** Boolean, broadcast to the value: of size 1 on axes that are chosen whole, and for rows that choose the same. */
    private static NDArray mask(NDArray value, HookSlice first, List<@Nullable HookSlice> rows) {
        NDManager manager = value.getManager();
        int axes = first.shape().length;
        NDArray mask =
                manager.create(values(rows, row -> new float[] {row == null ? 0 : 1}), along(axes, rows.size(), 0, 1));
        for (int axis = 0; axis < axes; axis++) {
            int at = axis;
            int size = (int) first.shape()[axis];
            if (rows.stream().allMatch(row -> row == null || row.chosen()[at].length == size)) {
                continue;
            }
            int has = (int) value.getShape().get(axis + 1);
            boolean same =
                    rows.stream().allMatch(row -> row == null || Arrays.equals(row.chosen()[at], first.chosen()[at]));
            List<@Nullable HookSlice> distinct = same ? List.of(first) : rows;
            float[] chosen = values(distinct, row -> chosen(row, at, size, has));
            mask = mask.mul(manager.create(chosen, along(axes, distinct.size(), axis + 1, has)));
        }
        return mask.gt(0);
    }

    private interface RowValues {
        float[] values(@Nullable HookSlice row);
    }

    private static float[] values(List<@Nullable HookSlice> rows, RowValues ofRow) {
        float[] one = ofRow.values(rows.get(0));
        float[] all = Arrays.copyOf(one, one.length * rows.size());
        IntStream.range(1, rows.size())
                .forEach(i -> System.arraycopy(ofRow.values(rows.get(i)), 0, all, i * one.length, one.length));
        return all;
    }

    /** 1 for chosen indices and 0 for others, of the last {@code has} elements of an axis. */
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

    /** Size 1 on all axes except the rows and this one. */
    private static Shape along(int axes, int rows, int axis, long size) {
        long[] shape = new long[axes + 1];
        Arrays.fill(shape, 1);
        shape[axis] = size;
        shape[0] = rows;
        return new Shape(shape);
    }
}
