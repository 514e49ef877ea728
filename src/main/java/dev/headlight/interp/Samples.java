package dev.headlight.interp;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import java.util.function.ToDoubleFunction;

/** The grids of one run that is patched into, or of several that differ by chance: their mean and its standard error. */
final class Samples {
    /**
     * @param grid the metric of each cell
     * @param into the metric of the run that is patched into
     * @param from that of the run that is patched from; NaN for none
     */
    record One(double[] grid, double into, double from) {}

    private final List<One> all = new ArrayList<>();

    void add(One sample) {
        all.add(sample);
    }

    int count() {
        return all.size();
    }

    float[] grid() {
        return each(cell -> mean(sample -> sample.grid[cell]));
    }

    /** 0 for the run patched into, 1 for the run patched from. */
    float[] normalised() {
        return each(cell -> (mean(sample -> sample.grid[cell]) - into()) / (from() - into()));
    }

    float[] standardError() {
        return each(cell -> error(sample -> sample.grid[cell]));
    }

    double into() {
        return mean(One::into);
    }

    double from() {
        return mean(One::from);
    }

    double intoStandardError() {
        return error(One::into);
    }

    private float[] each(IntToDoubleFunction ofCell) {
        float[] values = new float[all.get(0).grid.length];
        for (int cell = 0; cell < values.length; cell++) {
            values[cell] = (float) ofCell.applyAsDouble(cell);
        }
        return values;
    }

    private double mean(ToDoubleFunction<One> of) {
        return all.stream().mapToDouble(of).sum() / all.size();
    }

    /** The standard deviation, for n - 1, over √n. */
    private double error(ToDoubleFunction<One> of) {
        double mean = mean(of);
        double squares = all.stream()
                .mapToDouble(sample -> Math.pow(of.applyAsDouble(sample) - mean, 2))
                .sum();
        return Math.sqrt(squares / (all.size() - 1) / all.size());
    }
}
