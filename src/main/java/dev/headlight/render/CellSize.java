package dev.headlight.render;

import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * The size of a heatmap cell, in px. Cells are square, except when they have texts or when the short side of a long
 * matrix would be unreadable.
 */
record CellSize(int width, int height) {
    private static final int LARGEST = 40; // a cell of a small panel
    private static final int ONE_PANEL = 1216; // longer side of a single panel: 64 labelled tokens
    private static final int WIDE = 1440; // all panels of one row of the grid
    private static final int TALL = 4000; // all panels of one column; pages scroll vertically
    private static final int LONGEST = 1600;
    private static final int LABELLED = 14; // height of a row with a label
    private static final int SQUARE_FROM = 10;
    private static final int BESIDE_TEXT = 5;
    private static final int ABOVE_TEXT = 3;

    /** One size for all panels of a grid. With cell texts, cells are as wide as the widest text. */
    static CellSize of(List<Panel> panels, int gridRows, int gridColumns) {
        if (texts(panels).findAny().isPresent()) {
            return withTexts(panels);
        }
        int rows = panels.stream().mapToInt(Panel::rowCount).max().orElseThrow();
        int columns = panels.stream().mapToInt(Panel::columnCount).max().orElseThrow();
        return of(rows, columns, gridRows, gridColumns);
    }

    private static CellSize withTexts(List<Panel> panels) {
        double widest = texts(panels)
                .distinct()
                .mapToDouble(text -> CellText.of(text).width())
                .max()
                .orElseThrow();
        int height = TextWrap.lineHeight(FontSize.LABEL) + 2 * ABOVE_TEXT;
        return new CellSize(Math.max(height, (int) Math.ceil(widest) + 2 * BESIDE_TEXT), height);
    }

    private static Stream<String> texts(List<Panel> panels) {
        return panels.stream().map(Panel::texts).filter(Objects::nonNull).flatMap(List::stream);
    }

    /** The size for panels without cell texts. */
    static CellSize of(int rows, int columns, int gridRows, int gridColumns) {
        int square = side(Math.max(rows, columns), gridRows, gridColumns);
        if (square >= SQUARE_FROM) {
            return new CellSize(square, square);
        }
        int stretched = stretched(square, Math.min(rows, columns), Math.max(rows, columns));
        return rows < columns ? new CellSize(square, stretched) : new CellSize(stretched, square);
    }

    private static int side(int cells, int gridRows, int gridColumns) {
        int budget = Math.min(ONE_PANEL, Math.min(WIDE / gridColumns, TALL / gridRows));
        int limit = 17 + 150 / cells;
        int floor = 2 * cells * gridColumns <= LONGEST ? 2 : 1;
        return Math.max(floor, Math.min(Math.min(LARGEST, limit), budget / cells));
    }

    // labels every row of the short side if that side stays at most half as long as the long one
    private static int stretched(int square, int few, int many) {
        return Math.max(square, Math.min(LABELLED, square * many / (2 * few)));
    }
}
