package dev.headlight.render;

import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * The size of a cell, in px: square, unless that would leave the short side of a long matrix unreadable, or texts are
 * written in the cells.
 */
record Cell(int width, int height) {
    private static final int FEW = 40; // a cell among few
    private static final int ONE_PANEL = 1216; // the longer side of a panel that stands alone: 64 labelled tokens
    private static final int WIDE = 1440; // all panels of a row of the grid
    private static final int TALL = 4000; // all panels of a column: a page scrolls down more easily
    private static final int LONGEST = 1600;
    private static final int LABELLED = 14; // a row with its label
    private static final int SQUARE_FROM = 10;
    private static final int BESIDE_TEXT = 5;
    private static final int ABOVE_TEXT = 3;

    /** For all panels of a grid of this many rows and columns: as wide as their cells' widest text, if they have any. */
    static Cell of(List<Panel> panels, int gridRows, int gridColumns) {
        if (texts(panels).findAny().isPresent()) {
            return written(panels);
        }
        int rows = panels.stream().mapToInt(Panel::rowCount).max().orElseThrow();
        int columns = panels.stream().mapToInt(Panel::columnCount).max().orElseThrow();
        return of(rows, columns, gridRows, gridColumns);
    }

    private static Cell written(List<Panel> panels) {
        double widest = texts(panels)
                .distinct()
                .mapToDouble(text -> CellText.of(text).width())
                .max()
                .orElseThrow();
        int height = Text.lineHeight(Type.LABEL) + 2 * ABOVE_TEXT;
        return new Cell(Math.max(height, (int) Math.ceil(widest) + 2 * BESIDE_TEXT), height);
    }

    private static Stream<String> texts(List<Panel> panels) {
        return panels.stream().map(Panel::texts).filter(Objects::nonNull).flatMap(List::stream);
    }

    /** For panels of this many cells, in a grid of this many panels. */
    static Cell of(int rows, int columns, int gridRows, int gridColumns) {
        int square = side(Math.max(rows, columns), gridRows, gridColumns);
        if (square >= SQUARE_FROM) {
            return new Cell(square, square);
        }
        int stretched = stretched(square, Math.min(rows, columns), Math.max(rows, columns));
        return rows < columns ? new Cell(square, stretched) : new Cell(stretched, square);
    }

    private static int side(int cells, int gridRows, int gridColumns) {
        int budget = Math.min(ONE_PANEL, Math.min(WIDE / gridColumns, TALL / gridRows));
        int inFew = 17 + 150 / cells;
        int floor = 2 * cells * gridColumns <= LONGEST ? 2 : 1;
        return Math.max(floor, Math.min(Math.min(FEW, inFew), budget / cells));
    }

    // the short side is labelled in full where that makes it at most half as long as the long one
    private static int stretched(int square, int few, int many) {
        return Math.max(square, Math.min(LABELLED, square * many / (2 * few)));
    }
}
