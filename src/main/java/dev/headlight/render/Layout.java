package dev.headlight.render;

import java.awt.Dimension;
import java.util.List;

/** Where everything goes, in px; made from counts and the widths of texts before anything is drawn. */
record Layout(Dimension size, List<String> title, Grid grid, ColorBar bar) {
    static final int MARGIN = 14;
    private static final int BEFORE_BAR = 20;
    private static final int BELOW_TITLE = 12;
    private static final int NARROW = 420; // a picture grows up to this for its title, which wraps beyond it

    static Layout of(Figure figure) {
        Grid grid = Grid.of(figure);
        int barLeft = grid.right() + BEFORE_BAR;
        ColorBar bar = ColorBar.of(figure.scale(), barLeft, grid.cellsTop(), grid.cellsBottom());
        List<String> title = Text.wrap(figure.title(), Type.TITLE, Math.max(bar.right(), NARROW));
        return framed(title, grid, bar);
    }

    private static Layout framed(List<String> title, Grid grid, ColorBar bar) {
        int inner = Math.max(bar.right(), (int) Math.ceil(Text.width(title, Type.TITLE)));
        int dx = MARGIN + (inner - bar.right()) / 2;
        int dy = MARGIN + (title.isEmpty() ? 0 : Text.height(title, Type.TITLE) + BELOW_TITLE);
        int height = dy + Math.max(grid.bottom(), bar.bottom()) + MARGIN;
        return new Layout(new Dimension(inner + 2 * MARGIN, height), title, grid.moved(dx, dy), bar.moved(dx, dy));
    }
}
