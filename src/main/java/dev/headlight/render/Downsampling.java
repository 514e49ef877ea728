package dev.headlight.render;

import java.util.List;
import java.util.stream.IntStream;

/**
 * Makes figures coarser whose pictures would be too large. A cell shows the largest of a block of values, or on a diverging
 * scale the one of the largest magnitude: a mean would hide single strong values, such as the stripe of an induction head.
 */
final class Downsampling {
    private final int side;

    /** @param side most rows and columns of a panel */
    private Downsampling(int side) {
        this.side = side;
    }

    /** The figure, or the finest coarser one within the given pixels and bytes; the coarsest if none is. */
    static Figure within(Figure figure, long pixels, long bytes) {
        int longest = figure.parts().stream()
                .flatMap(part -> part.panels().stream())
                .filter(panel -> panel.texts() == null)
                .mapToInt(panel -> Math.max(panel.rowCount(), panel.columnCount()))
                .max()
                .orElse(1);
        Figure fitting = figure;
        for (int block = 2; isTooLarge(fitting, pixels, bytes) && block <= longest; block++) {
            fitting = coarser(figure, block, longest);
        }
        return fitting;
    }

    /** A figure whose longest axis has one row or column for each block of {@code block}. */
    static Figure coarser(Figure figure, int block, int longest) {
        return new Downsampling((longest + block - 1) / block).of(figure, longest);
    }

    private static boolean isTooLarge(Figure figure, long pixels, long bytes) {
        return figure.pixels() > pixels || figure.heapBytes() > bytes;
    }

    private Figure of(Figure figure, int longest) {
        List<Figure.Part> parts = figure.parts().stream().map(this::part).toList();
        int block = block(longest);
        boolean signed = figure.parts().stream().anyMatch(part -> part.scale().colors() == Scale.Colors.DIVERGING);
        String caption = ", down-sampled: each cell is the " + (signed ? "largest in magnitude" : "largest")
                + " of up to " + block + " × " + block + " values";
        return new Figure(figure.title() + caption, parts);
    }

    private Figure.Part part(Figure.Part part) {
        boolean signed = part.scale().colors() == Scale.Colors.DIVERGING;
        List<Panel> panels = part.panels().stream()
                .map(panel -> panel.texts() == null ? panel(panel, signed) : panel)
                .toList();
        return new Figure.Part(panels, part.columns(), part.scale());
    }

    private Panel panel(Panel panel, boolean signed) {
        Axis rows = axis(panel.rows());
        Axis columns = axis(panel.columns());
        int down = block(panel.rowCount());
        int across = block(panel.columnCount());
        int width = columns.labels().size();
        Cells largest = i -> largest(panel, i / width * down, down, i % width * across, across, signed);
        return new Panel(panel.title(), largest, rows, columns);
    }

    /** The largest finite value of a block; NaN if the block has no finite value. */
    private static float largest(Panel panel, int top, int down, int left, int across, boolean signed) {
        float largest = Float.NaN;
        for (int row = top; row < Math.min(top + down, panel.rowCount()); row++) {
            for (int column = left; column < Math.min(left + across, panel.columnCount()); column++) {
                float value = panel.at(row, column);
                if (Float.isFinite(value) && !(size(value, signed) <= size(largest, signed))) {
                    largest = value;
                }
            }
        }
        return largest;
    }

    private static float size(float value, boolean signed) {
        return signed ? Math.abs(value) : value;
    }

    /** Every block has the label of its first row or column. */
    private Axis axis(Axis axis) {
        int block = block(axis.labels().size());
        return new Axis(
                axis.name(),
                IntStream.iterate(0, i -> i < axis.labels().size(), i -> i + block)
                        .mapToObj(axis.labels()::get)
                        .toList());
    }

    /** Number of rows or columns that become one. */
    private int block(int count) {
        return (count + side - 1) / side;
    }
}
