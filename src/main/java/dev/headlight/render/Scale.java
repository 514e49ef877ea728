package dev.headlight.render;

import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * A colormap with a range. Values outside {@code min..max} take the colour of the nearer end.
 *
 * @param colors the colormap
 * @param min value of the first colour
 * @param max value of the last colour
 * @param label of the colour bar, such as "attention probability"; empty for none
 */
public record Scale(Colors colors, double min, double max, String label) {
    /** The colormaps. */
    public enum Colors {
        /** Matplotlib's viridis: dark blue at min, yellow at max. */
        VIRIDIS,
        /** Matplotlib's RdBu_r: blue at min, white at 0, red at max. */
        DIVERGING
    }

    /**
     * Checks the range.
     *
     * @throws IllegalArgumentException if the range is not finite, not ascending, or diverging and not symmetric around 0
     */
    public Scale {
        if (!Double.isFinite(min) || !Double.isFinite(max) || min > max) {
            throw new IllegalArgumentException("A scale from %s to %s".formatted(min, max));
        }
        if (colors == Colors.DIVERGING && min != -max) {
            throw new IllegalArgumentException("A diverging scale from %s to %s is not symmetric".formatted(min, max));
        }
    }

    /**
     * A viridis scale from the smallest to the largest finite value. It starts at 0 if no value is negative.
     *
     * @param panels whose values it covers
     * @param label of the colour bar
     */
    public static Scale viridis(List<Panel> panels, String label) {
        double min = finite(panels).min().orElse(0);
        double max = finite(panels).max().orElse(0);
        if (min >= 0) {
            return new Scale(Colors.VIRIDIS, 0, max > 0 ? max : 1, label);
        }
        return new Scale(Colors.VIRIDIS, min, max > min ? max : 0, label); // a negative constant still needs a range
    }

    /**
     * A diverging scale from -m to m, where m is the largest finite magnitude, or 1 if all values are 0.
     *
     * @param panels whose values it covers
     * @param label of the colour bar
     */
    public static Scale diverging(List<Panel> panels, String label) {
        double m = finite(panels).map(Math::abs).max().orElse(0);
        return new Scale(Colors.DIVERGING, m > 0 ? -m : -1, m > 0 ? m : 1, label);
    }

    /** Position of a value on the scale, in [0, 1]. */
    double position(double value) {
        double t = max > min ? (value - min) / (max - min) : 0.5;
        return Math.min(1, Math.max(0, t));
    }

    private static DoubleStream finite(List<Panel> panels) {
        return panels.stream()
                .flatMapToDouble(panel -> IntStream.range(0, panel.cellCount()).mapToDouble(panel.values()::at))
                .filter(Double::isFinite);
    }
}
