package dev.headlight.render;

import java.util.List;
import java.util.stream.IntStream;

/**
 * The labels of one axis that are drawn: every {@code step}-th one from the first, so that labels do not touch.
 *
 * @param name of the axis; empty for none
 * @param step in rows or columns
 * @param ticks labels to draw
 */
record TickLabels(String name, int step, List<Tick> ticks) {
    /** An axis whose labels are drawn at another panel of the grid. */
    static final TickLabels NONE = new TickLabels("", 1, List.of());

    /**
     * One label.
     *
     * @param index row or column
     * @param text as drawn
     * @param width of the text, in px
     */
    record Tick(int index, String text, double width) {}

    /** Horizontal labels of an axis whose cells are {@code cell} px apart. */
    static TickLabels upright(Axis axis, int cell) {
        return of(axis, cell, Fonts.height(FontSize.LABEL));
    }

    /** Labels rotated by 45 degrees, of an axis whose cells are {@code cell} px apart. */
    static TickLabels slanted(Axis axis, int cell) {
        return of(axis, cell, Fonts.height(FontSize.LABEL) * Math.sqrt(2));
    }

    private static TickLabels of(Axis axis, int cell, double needed) {
        int count = axis.labels().size();
        boolean counts = axis.labels().get(count - 1).equals(String.valueOf(count - 1));
        int step = counts ? roundStep(needed / cell) : step(needed / cell);
        List<Tick> ticks = IntStream.iterate(0, i -> i < count, i -> i + step)
                .mapToObj(i -> tick(i, axis.labels().get(i)))
                .toList();
        return new TickLabels(Labels.visible(axis.name()), step, ticks);
    }

    private static int step(double least) {
        int step = (int) Math.ceil(least);
        return step <= 5 ? step : NiceNumbers.up(step).intValueExact();
    }

    // fewer labels, since the labels of a counting axis are predictable
    private static int roundStep(double least) {
        return least <= 1 ? 1 : NiceNumbers.up(2 * least).intValueExact();
    }

    private static Tick tick(int index, String label) {
        String text = label.isEmpty()
                ? "…"
                : Labels.shorten(Labels.visible(label)); // the character continues in the next token
        return new Tick(index, text, Fonts.width(text, FontSize.LABEL));
    }

    boolean isEmpty() {
        return ticks.isEmpty();
    }

    /** Width of the longest label, in px. */
    double width() {
        return ticks.stream().mapToDouble(Tick::width).max().orElse(0);
    }

    /** How far the longest slanted label reaches below its anchor, in px. */
    double drop() {
        return slanted(width());
    }

    /** How far slanted labels reach left of the first column, in px. */
    double reach(int cell) {
        return ticks.stream()
                .mapToDouble(t -> slanted(t.width()) - (t.index() + 0.5) * cell)
                .max()
                .orElse(0);
    }

    // the anchor is at the end of the line, at half its height
    private static double slanted(double width) {
        return (width + Fonts.height(FontSize.LABEL) / 2) / Math.sqrt(2);
    }
}
