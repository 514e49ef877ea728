package dev.headlight.interp.patching;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import java.util.function.ToDoubleFunction;

/** The grids of one base run, or of several with different noise: their mean, and its standard error. */
final class NoiseSamples {
    /**
     * One base run.
     *
     * @param grid the metric of each cell
     * @param into the metric of the base run
     * @param from the metric of the source run; NaN for none
     */
    record One(double[] grid, double into, double from) {}

    private final List<One> all = new ArrayList<>();

    /** Adds one base run. */
    void add(One sample) {
        all.add(sample);
    }

    /** How many base runs. */
    int count() {
        return all.size();
    }

    /** The mean metric of each cell, row-major. */
    float[] grid() {
        return each(cell -> mean(sample -> sample.grid[cell]));
    }

    /** The mean grid, scaled to 0 for the base run and 1 for the source run. */
    float[] normalised() {
        return each(cell -> (mean(sample -> sample.grid[cell]) - into()) / (from() - into()));
    }

    /** The standard error of the mean of each cell. */
    float[] standardError() {
        return each(cell -> error(sample -> sample.grid[cell]));
    }

    /** The mean metric of the base runs. */
    double into() {
        return mean(One::into);
    }

    /** The mean metric of the source runs; NaN for none. */
    double from() {
        return mean(One::from);
    }

    /** The standard error of {@link #into()}. */
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

    /** The sample standard deviation (n - 1) divided by √n. */
    private double error(ToDoubleFunction<One> of) {
        double mean = mean(of);
        double squares = all.stream()
                .mapToDouble(sample -> Math.pow(of.applyAsDouble(sample) - mean, 2))
                .sum();
        return Math.sqrt(squares / (all.size() - 1) / all.size());
    }
}
