package dev.headlight.interp;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import dev.headlight.tensor.MetaArray;
import dev.headlight.tensor.Ops;
import java.util.Arrays;

/** How far values are from what they must be. */
final class Difference {
    private static final long SLICE = 1 << 20; // values compared at once
    private static final long COPIES = 8; // of a slice, in float64

    private Difference() {}

    /** Most bytes that a comparison of so many values holds at once. */
    static long bytes(long values) {
        return COPIES * Double.BYTES * Math.min(SLICE, values);
    }

    /**
     * The largest |value - expected| / max(1, |expected|) of each row, in float64. Equal infinities do not differ.
     *
     * @param value (row, …)
     * @param expected of the same shape
     * @return one a row; NaN or infinite where only one of the two is finite, or either is NaN
     */
    static double[] ofRows(NDArray value, NDArray expected) {
        if (!value.getShape().equals(expected.getShape())) {
            throw new IllegalStateException(value.getShape() + " against " + expected.getShape());
        }
        long rows = value.getShape().get(0);
        double[] largest = new double[(int) rows];
        try (NDScope scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            NDArray all = value.reshape(rows, -1);
            NDArray must = expected.reshape(rows, -1);
            long width = all.getShape().get(1);
            long step = Math.max(1, SLICE / rows);
            for (long from = 0; from < width; from += step) {
                double[] some = ofColumns(all, must, from, Math.min(width, from + step));
                Arrays.setAll(largest, row -> Math.max(largest[row], some[row])); // NaN stays
                if (MetaArray.is(value)) {
                    break; // nothing is there to compare, and the other slices take the same
                }
            }
        }
        return largest;
    }

    private static double[] ofColumns(NDArray value, NDArray expected, long from, long to) {
        try (NDScope scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            NDArray a = Ops.slice(value, 1, from, to).toType(DataType.FLOAT64, false);
            NDArray b = Ops.slice(expected, 1, from, to).toType(DataType.FLOAT64, false);
            NDArray difference = a.sub(b).abs().div(b.abs().maximum(1));
            return Ops.where(a.eq(b), difference.zerosLike(), difference)
                    .max(new int[] {1})
                    .toDoubleArray();
        }
    }
}
