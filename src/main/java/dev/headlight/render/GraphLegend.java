package dev.headlight.render;

import java.awt.Dimension;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;

/**
 * Legend of line widths, line colours and box colours. Its upper left corner is at 0, 0.
 *
 * @param entries in reading order
 * @param size in px; the height is 0 for an empty legend
 */
record GraphLegend(List<Entry> entries, Dimension size) {
    static final int SAMPLE = 26;
    static final int BOX = 12; // height of a sample of a box
    static final int GAP = 6;
    private static final int BETWEEN = 18;
    private static final int ABOUT_TICKS = 6;

    /**
     * A sample with its meaning to the right.
     *
     * @param text meaning of the sample
     * @param rgb colour of the sample, 0xRRGGBB
     * @param thickness of the sample, in px; 0 for text only
     * @param left edge of the entry, in px
     * @param middle y of the line's middle, in px
     */
    record Entry(String text, int rgb, double thickness, int left, int middle) {
        int textLeft() {
            return thickness > 0 ? left + SAMPLE + GAP : left;
        }

        int right() {
            return textLeft() + (int) Math.ceil(Fonts.width(text, FontSize.LABEL));
        }
    }

    /** Lays out the legend in lines of at most {@code width} px, or wider if a single entry is. */
    static GraphLegend of(Graph graph, GraphStyle style, int width) {
        List<Entry> entries = new ArrayList<>();
        int lines = flow(weights(graph, style), 0, width, entries);
        lines = flow(kinds(style), lines, width, entries);
        int right = entries.stream().mapToInt(Entry::right).max().orElse(0);
        return new GraphLegend(List.copyOf(entries), new Dimension(right, lines * lineHeight()));
    }

    // the measure's name, then round weights of the signs that occur
    private static List<Entry> weights(Graph graph, GraphStyle style) {
        List<Entry> entries = new ArrayList<>();
        if (graph.edges().isEmpty()) {
            return entries;
        }
        if (!graph.measure().isEmpty()) {
            entries.add(new Entry(Labels.shorten(Labels.visible(graph.measure())), 0, 0, 0, 0));
        }
        for (BigDecimal tick : NiceNumbers.within(-style.largest(), style.largest(), ABOUT_TICKS)) {
            double weight = tick.doubleValue();
            if (weight != 0 && graph.edges().stream().anyMatch(e -> Math.signum(e.weight()) == Math.signum(weight))) {
                entries.add(new Entry(NiceNumbers.text(tick), GraphStyle.edge(weight), style.width(weight), 0, 0));
            }
        }
        return entries;
    }

    private static List<Entry> kinds(GraphStyle style) {
        return style.kinds().stream()
                .map(kind -> new Entry(Labels.shorten(Labels.visible(kind)), style.node(kind), BOX, 0, 0))
                .toList();
    }

    /** Places entries side by side, starting on a new line. Returns the number of lines so far. */
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
        return TextWrap.lineHeight(FontSize.LABEL) + GAP;
    }
}
