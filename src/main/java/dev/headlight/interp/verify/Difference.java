package dev.headlight.interp.verify;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import dev.headlight.model.schedule.Cancellation;
import dev.headlight.tensor.MetaArray;
import dev.headlight.tensor.Ops;
import dev.headlight.tensor.Scratch;
import java.util.Arrays;

/** The relative difference of values and the values expected of them. */
final class Difference {
    private static final long SLICE = 1 << 20; // values compared at once
    private static final long COPIES = 8; // float64 copies of a slice

    private Difference() {}

    /** The most bytes that the comparison of {@code values} values holds at once. */
    static long bytes(long values) {
        return COPIES * Double.BYTES * Math.min(SLICE, values);
    }

    /**
     * The largest |value - expected| / max(1, |expected|) of each row, in float64. Equal infinities count as equal.
     *
     * @param value [row, …]
     * @param expected the same shape
     * @return [row]; NaN or infinite if only one of two values is finite, or if either is NaN
     */
    static double[] ofRows(NDArray value, NDArray expected) {
        if (!value.getShape().equals(expected.getShape())) {
            throw new IllegalStateException(value.getShape() + " against " + expected.getShape());
        }
        long rows = value.getShape().get(0);
        double[] largest = new double[(int) rows];
        Scratch.run(() -> {
            NDArray valueRows = value.reshape(rows, -1);
            NDArray expectedRows = expected.reshape(rows, -1);
            long width = valueRows.getShape().get(1);
            long step = Math.max(1, SLICE / rows);
            for (long from = 0; from < width; from += step) {
                Cancellation.current().check();
                double[] ofSlice = ofColumns(valueRows, expectedRows, from, Math.min(width, from + step));
                Arrays.setAll(largest, row -> Math.max(largest[row], ofSlice[row])); // NaN stays
                if (MetaArray.is(value)) {
                    break; // a dry run has no values, and all slices take the same memory
                }
            }
        });
        return largest;
    }

    private static double[] ofColumns(NDArray value, NDArray expected, long from, long to) {
        return Scratch.read(() -> {
            NDArray a = Ops.slice(value, 1, from, to).toType(DataType.FLOAT64, false);
            NDArray b = Ops.slice(expected, 1, from, to).toType(DataType.FLOAT64, false);
            NDArray difference = a.sub(b).abs().div(b.abs().maximum(1));
            return Ops.where(a.eq(b), difference.zerosLike(), difference)
                    .max(new int[] {1})
                    .toDoubleArray();
        });
    }
}
