package dev.headlight.render;

import java.awt.Rectangle;
import java.util.List;

/** One panel in its place: its cells' rectangle on the picture, and what is written around it, in px. */
record Slot(Panel panel, Rectangle cells, Cell cell, List<String> title, TickLabels rows, TickLabels columns) {
    static final int TICK = 4;
    static final int GAP = 5;

    /** A panel not placed yet. */
    static Slot of(Panel panel, Cell cell, boolean rowsLabelled, boolean columnsLabelled) {
        var cells = new Rectangle(panel.columnCount() * cell.width(), panel.rowCount() * cell.height());
        return new Slot(
                panel,
                cells,
                cell,
                Text.wrap(panel.title() == null ? "" : panel.title(), Type.NAME, cells.width),
                rowsLabelled ? TickLabels.upright(panel.rows(), cell.height()) : TickLabels.NONE,
                columnsLabelled ? TickLabels.slanted(panel.columns(), cell.width()) : TickLabels.NONE);
    }

    Slot at(int x, int y) {
        return new Slot(panel, new Rectangle(x, y, cells.width, cells.height), cell, title, rows, columns);
    }

    /** Of the cells or what is centred on them, the wider. */
    int width() {
        double written = Math.max(Text.width(title, Type.NAME), Fonts.width(columns.name(), Type.NAME));
        return Math.max(cells.width, (int) Math.ceil(written));
    }

    int left() {
        return rows.isEmpty() ? 0 : rowNameRight() + rowNameThickness();
    }

    /** From the cells' left edge to the right edge of the row axis's name. */
    int rowNameRight() {
        return TICK + GAP + (int) Math.ceil(rows.width()) + 2 * GAP;
    }

    /** The name is turned along the axis where it fits there. */
    boolean rowNameTurned() {
        return Fonts.width(rows.name(), Type.NAME) <= cells.height;
    }

    int top() {
        return title.isEmpty() ? 0 : Text.height(title, Type.NAME) + GAP;
    }

    /** From the cells' bottom edge to the top of the column axis's name. */
    int columnNameTop() {
        return TICK + GAP + (int) Math.ceil(columns.drop()) + GAP;
    }

    int bottom() {
        return columns.isEmpty() ? 0 : columnNameTop() + Text.lineHeight(Type.NAME);
    }

    private int rowNameThickness() {
        return rowNameTurned() ? Text.lineHeight(Type.NAME) : (int) Math.ceil(Fonts.width(rows.name(), Type.NAME));
    }
}
