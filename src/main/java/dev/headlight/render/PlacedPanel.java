package dev.headlight.render;

import java.awt.Rectangle;
import java.util.List;

/**
 * A placed panel: the rectangle of its cells and the texts around it, in px.
 *
 * @param panel to draw
 * @param cells rectangle of all cells in the picture
 * @param cell size of one cell
 * @param title lines above the cells
 * @param rows labels to the left
 * @param columns labels below
 */
record PlacedPanel(
        Panel panel, Rectangle cells, CellSize cell, List<String> title, TickLabels rows, TickLabels columns) {
    static final int TICK = 4;
    static final int GAP = 5;

    /** A panel at 0, 0, with or without labels. */
    static PlacedPanel of(Panel panel, CellSize cell, boolean rowsLabelled, boolean columnsLabelled) {
        var cells = new Rectangle(panel.columnCount() * cell.width(), panel.rowCount() * cell.height());
        return new PlacedPanel(
                panel,
                cells,
                cell,
                TextWrap.wrap(panel.title() == null ? "" : panel.title(), FontSize.NAME, cells.width),
                rowsLabelled ? TickLabels.upright(panel.rows(), cell.height()) : TickLabels.NONE,
                columnsLabelled ? TickLabels.slanted(panel.columns(), cell.width()) : TickLabels.NONE);
    }

    /** The same panel with the cells' upper left corner at x, y. */
    PlacedPanel at(int x, int y) {
        return new PlacedPanel(panel, new Rectangle(x, y, cells.width, cells.height), cell, title, rows, columns);
    }

    /** Width of the cells or of the texts centred on them, whichever is wider. */
    int width() {
        double written = Math.max(TextWrap.width(title, FontSize.NAME), Fonts.width(columns.name(), FontSize.NAME));
        return Math.max(cells.width, (int) Math.ceil(written));
    }

    /** Space left of the cells. */
    int left() {
        return rows.isEmpty() ? 0 : rowNameRight() + rowNameThickness();
    }

    /** Distance from the cells' left edge to the right edge of the row axis's name. */
    int rowNameRight() {
        return TICK + GAP + (int) Math.ceil(rows.width()) + 2 * GAP;
    }

    /** Whether the row axis's name is rotated, which it is if it fits along the axis. */
    boolean rowNameTurned() {
        return Fonts.width(rows.name(), FontSize.NAME) <= cells.height;
    }

    /** Space above the cells. */
    int top() {
        return title.isEmpty() ? 0 : TextWrap.height(title, FontSize.NAME) + GAP;
    }

    /** Distance from the cells' bottom edge to the top of the column axis's name. */
    int columnNameTop() {
        return TICK + GAP + (int) Math.ceil(columns.drop()) + GAP;
    }

    /** Space below the cells. */
    int bottom() {
        return columns.isEmpty() ? 0 : columnNameTop() + TextWrap.lineHeight(FontSize.NAME);
    }

    private int rowNameThickness() {
        return rowNameTurned()
                ? TextWrap.lineHeight(FontSize.NAME)
                : (int) Math.ceil(Fonts.width(rows.name(), FontSize.NAME));
    }
}
