package dev.headlight.interp.patching;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import java.util.function.ToDoubleFunction;

/**
 * The grids of all base runs, one per sample of noise or the only one without noise: their mean, and the standard error of the
 * mean.
 */
final class NoiseSamples {
    /**
     * The sweep of one base run.
     *
     * @param grid the metric of each cell
     * @param baseMetric the metric of the base run
     * @param sourceMetric the metric of the source run; NaN for an ablation
     */
    record Sample(double[] grid, double baseMetric, double sourceMetric) {}

    private final List<Sample> samples = new ArrayList<>();

    /** Adds the sweep of one base run. */
    void add(Sample sample) {
        samples.add(sample);
    }

    /** How many base runs. */
    int count() {
        return samples.size();
    }

    /** The mean metric of each cell, row-major. */
    float[] grid() {
        return perCell(cell -> mean(sample -> sample.grid[cell]));
    }

    /** The mean grid, scaled to 0 for the base run and 1 for the source run. */
    float[] normalised() {
        return perCell(cell -> (mean(sample -> sample.grid[cell]) - baseMetric()) / (sourceMetric() - baseMetric()));
    }

    /** The standard error of the mean of each cell. */
    float[] standardError() {
        return perCell(cell -> errorOfMean(sample -> sample.grid[cell]));
    }

    /** The mean metric of the base runs. */
    double baseMetric() {
        return mean(Sample::baseMetric);
    }

    /** The mean metric of the source runs; NaN for an ablation. */
    double sourceMetric() {
        return mean(Sample::sourceMetric);
    }

    /** The standard error of {@link #baseMetric()}. */
    double baseMetricStandardError() {
        return errorOfMean(Sample::baseMetric);
    }

    private float[] perCell(IntToDoubleFunction ofCell) {
        float[] values = new float[samples.get(0).grid.length];
        for (int cell = 0; cell < values.length; cell++) {
            values[cell] = (float) ofCell.applyAsDouble(cell);
        }
        return values;
    }

    private double mean(ToDoubleFunction<Sample> of) {
        return samples.stream().mapToDouble(of).sum() / samples.size();
    }

    /** The standard error of a mean: the sample standard deviation (n - 1) divided by √n. */
    private double errorOfMean(ToDoubleFunction<Sample> of) {
        double mean = mean(of);
        double squares = samples.stream()
                .mapToDouble(sample -> Math.pow(of.applyAsDouble(sample) - mean, 2))
                .sum();
        return Math.sqrt(squares / (samples.size() - 1) / samples.size());
    }
}
