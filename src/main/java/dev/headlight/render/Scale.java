package dev.headlight.render;

import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * The colours of the values. Values outside {@code min..max} take the colour of the nearer end.
 *
 * @param label what the colour bar measures, e.g. "attention probability"; empty for none
 */
public record Scale(Colors colors, double min, double max, String label) {
    /** Which colours. */
    public enum Colors {
        /** Matplotlib's viridis, from min to max. */
        VIRIDIS,
        /** Matplotlib's RdBu_r: blue, white at 0, red. */
        DIVERGING
    }

    public Scale {
        if (!Double.isFinite(min) || !Double.isFinite(max) || min > max) {
            throw new IllegalArgumentException("A scale from %s to %s".formatted(min, max));
        }
        if (colors == Colors.DIVERGING && min != -max) {
            throw new IllegalArgumentException("A diverging scale from %s to %s is not symmetric".formatted(min, max));
        }
    }

    /** From the smallest to the largest finite value; from 0 where there is nothing below 0. */
    public static Scale viridis(List<Panel> panels, String label) {
        double min = finite(panels).min().orElse(0);
        double max = finite(panels).max().orElse(0);
        if (min >= 0) {
            return new Scale(Colors.VIRIDIS, 0, max > 0 ? max : 1, label);
        }
        return new Scale(Colors.VIRIDIS, min, max > min ? max : 0, label); // a constant below 0 still gets a range
    }

    /** From -m to m, m being the largest finite magnitude (1 where all is 0). */
    public static Scale diverging(List<Panel> panels, String label) {
        double m = finite(panels).map(Math::abs).max().orElse(0);
        return new Scale(Colors.DIVERGING, m > 0 ? -m : -1, m > 0 ? m : 1, label);
    }

    /** Where a value lies on the scale, in [0, 1]. */
    double position(double value) {
        double t = max > min ? (value - min) / (max - min) : 0.5;
        return Math.min(1, Math.max(0, t));
    }

    private static DoubleStream finite(List<Panel> panels) {
        return panels.stream()
                .map(Panel::values)
                .flatMapToDouble(v -> IntStream.range(0, v.length).mapToDouble(i -> v[i]))
                .filter(Double::isFinite);
    }
}
