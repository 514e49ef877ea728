package dev.headlight.render;

import java.util.List;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import java.util.stream.IntStream;

/**
 * A grid of placed panels. Labels that all panels share are written once, at the left and bottom edges of the grid.
 *
 * @param panels row by row
 * @param columns number of panels side by side
 */
record PanelGrid(List<PlacedPanel> panels, int columns) {
    private static final int GAP = 16;

    /** Lays out a part with its left edge at x = 0 and its top at y = 0. */
    static PanelGrid of(Figure.Part part) {
        List<Panel> panels = part.panels();
        int columns = Math.min(part.columns(), panels.size());
        int rows = (panels.size() + columns - 1) / columns;
        CellSize cell = CellSize.of(panels, rows, columns);
        boolean sameRows = same(panels, Panel::rows);
        boolean sameColumns = same(panels, Panel::columns);
        List<PlacedPanel> slots = IntStream.range(0, panels.size())
                .mapToObj(i -> PlacedPanel.of(
                        panels.get(i),
                        cell,
                        !sameRows || i % columns == 0,
                        !sameColumns || i + columns >= panels.size()))
                .toList();
        PanelGrid grid = new PanelGrid(slots, columns).placed();
        return grid.moved(-grid.leftEdge(), 0);
    }

    PanelGrid moved(int dx, int dy) {
        return new PanelGrid(
                panels.stream()
                        .map(s -> s.at(s.cells().x + dx, s.cells().y + dy))
                        .toList(),
                columns);
    }

    /** Right edge of the right-most panel. */
    int right() {
        return most(panels, s -> s.cells().x + (s.cells().width + s.width() + 1) / 2);
    }

    /** Bottom edge of everything. */
    int bottom() {
        return most(panels, s -> s.cells().y + s.cells().height + s.bottom());
    }

    int cellsTop() {
        return panels.get(0).cells().y;
    }

    int cellsBottom() {
        return most(panels, s -> s.cells().y + s.cells().height);
    }

    private PanelGrid placed() {
        int[] x = starts(columns, i -> i % columns, PlacedPanel::left, PlacedPanel::width, s -> 0);
        int rows = (panels.size() + columns - 1) / columns;
        int[] y = starts(rows, i -> i / columns, PlacedPanel::top, s -> s.cells().height, PlacedPanel::bottom);
        return new PanelGrid(
                IntStream.range(0, panels.size())
                        .mapToObj(i -> at(i, x[i % columns], y[i / columns]))
                        .toList(),
                columns);
    }

    // a title or axis name wider than its panel sticks out on both sides
    private PlacedPanel at(int i, int x, int y) {
        PlacedPanel slot = panels.get(i);
        return slot.at(x + (slot.width() - slot.cells().width) / 2, y);
    }

    /** Starts of the n columns (or rows), each as wide as its largest panel. */
    private int[] starts(
            int n,
            Function<Integer, Integer> line,
            ToIntFunction<PlacedPanel> before,
            ToIntFunction<PlacedPanel> extent,
            ToIntFunction<PlacedPanel> after) {
        int[] starts = new int[n];
        int at = 0;
        for (int k = 0; k < n; k++) {
            int index = k;
            List<PlacedPanel> inLine = IntStream.range(0, panels.size())
                    .filter(i -> line.apply(i) == index)
                    .mapToObj(panels::get)
                    .toList();
            starts[k] = at + most(inLine, before);
            at = starts[k] + most(inLine, extent) + most(inLine, after) + GAP;
        }
        return starts;
    }

    private int leftEdge() {
        return panels.stream().mapToInt(PanelGrid::leftEdge).min().orElseThrow();
    }

    private static int leftEdge(PlacedPanel s) {
        int overhang = (s.width() - s.cells().width + 1) / 2;
        int slanted = (int) Math.ceil(s.columns().reach(s.cell().width()));
        return s.cells().x - Math.max(Math.max(s.left(), overhang), slanted);
    }

    private static boolean same(List<Panel> panels, Function<Panel, Axis> axis) {
        Axis first = axis.apply(panels.get(0));
        return panels.stream().map(axis).allMatch(first::equals);
    }

    private static <T> int most(List<T> things, ToIntFunction<T> extent) {
        return things.stream().mapToInt(extent).max().orElse(0);
    }
}
