package dev.headlight.render;

import java.awt.Dimension;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;

/**
 * What the lines' widths and colours mean, and the boxes' colours; with its left upper corner at 0, 0.
 *
 * @param size in px; 0 high where there is nothing to explain
 */
record GraphLegend(List<Entry> entries, Dimension size) {
    static final int SAMPLE = 26;
    static final int BOX = 12; // the thickness of a sample of a box
    static final int GAP = 6;
    private static final int BETWEEN = 18;
    private static final int ABOUT_TICKS = 6;

    /**
     * A sample, and what it means to its right.
     *
     * @param thickness of the sample in px; 0 for words alone
     * @param left of the entry, and
     * @param middle of its line, in px
     */
    record Entry(String text, int rgb, double thickness, int left, int middle) {
        int textLeft() {
            return thickness > 0 ? left + SAMPLE + GAP : left;
        }

        int right() {
            return textLeft() + (int) Math.ceil(Fonts.width(text, Type.LABEL));
        }
    }

    /** In lines of at most this width, unless one entry is wider. */
    static GraphLegend of(Graph graph, GraphStyle style, int width) {
        List<Entry> entries = new ArrayList<>();
        int lines = flow(weights(graph, style), 0, width, entries);
        lines = flow(kinds(style), lines, width, entries);
        int right = entries.stream().mapToInt(Entry::right).max().orElse(0);
        return new GraphLegend(List.copyOf(entries), new Dimension(right, lines * lineHeight()));
    }

    // round weights of the signs that occur, and the names of what they measure
    private static List<Entry> weights(Graph graph, GraphStyle style) {
        List<Entry> entries = new ArrayList<>();
        if (graph.edges().isEmpty()) {
            return entries;
        }
        if (!graph.measure().isEmpty()) {
            entries.add(new Entry(Labels.shorten(Labels.visible(graph.measure())), 0, 0, 0, 0));
        }
        for (BigDecimal tick : Round.within(-style.largest(), style.largest(), ABOUT_TICKS)) {
            double weight = tick.doubleValue();
            if (weight != 0 && graph.edges().stream().anyMatch(e -> Math.signum(e.weight()) == Math.signum(weight))) {
                entries.add(new Entry(Round.text(tick), GraphStyle.edge(weight), style.width(weight), 0, 0));
            }
        }
        return entries;
    }

    private static List<Entry> kinds(GraphStyle style) {
        return style.kinds().stream()
                .map(kind -> new Entry(Labels.shorten(Labels.visible(kind)), style.node(kind), BOX, 0, 0))
                .toList();
    }

    /** Puts entries side by side from a new line on; how many lines there are then. */
    private static int flow(List<Entry> unplaced, int line, int width, List<Entry> placed) {
        int x = 0;
        int at = line;
        for (Entry entry : unplaced) {
            if (x > 0 && x + entry.right() > width) {
                x = 0;
                at++;
            }
            int middle = at * lineHeight() + lineHeight() / 2;
            Entry here = new Entry(entry.text(), entry.rgb(), entry.thickness(), x, middle);
            placed.add(here);
            x = here.right() + BETWEEN;
        }
        return unplaced.isEmpty() ? line : at + 1;
    }

    private static int lineHeight() {
        return Text.lineHeight(Type.LABEL) + GAP;
    }
}
