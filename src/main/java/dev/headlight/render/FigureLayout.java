package dev.headlight.render;

import java.awt.Dimension;
import java.util.ArrayList;
import java.util.List;

/**
 * Positions of everything in a figure's picture, in px. Computed from counts and text widths before drawing.
 *
 * @param size of the picture
 * @param title lines of the title
 * @param blocks placed parts
 */
record FigureLayout(Dimension size, List<String> title, List<Block> blocks) {
    static final int MARGIN = 14;
    private static final int BEFORE_BAR = 20;
    private static final int BETWEEN = 24;
    private static final int BELOW_TITLE = 12;
    private static final int NARROW = 420; // the picture may grow to this width for its title; longer titles wrap

    /** One placed part. */
    record Block(PanelGrid grid, ColorBar bar) {
        static Block of(Figure.Part part) {
            PanelGrid grid = PanelGrid.of(part);
            int barLeft = grid.right() + BEFORE_BAR;
            return new Block(grid, ColorBar.of(part.scale(), barLeft, grid.cellsTop(), grid.cellsBottom()));
        }

        Block moved(int dx, int dy) {
            return new Block(grid.moved(dx, dy), bar.moved(dx, dy));
        }

        int right() {
            return bar.right();
        }

        int bottom() {
            return Math.max(grid.bottom(), bar.bottom());
        }
    }

    /** Lays out a figure. */
    static FigureLayout of(Figure figure) {
        List<Block> blocks = figure.parts().stream().map(Block::of).toList();
        int right = blocks.stream().mapToInt(Block::right).max().orElseThrow();
        List<String> title = TextWrap.wrap(figure.title(), FontSize.TITLE, Math.max(right, NARROW));
        int inner = Math.max(right, (int) Math.ceil(TextWrap.width(title, FontSize.TITLE)));
        int x = MARGIN + (inner - right) / 2;
        int y = MARGIN + (title.isEmpty() ? 0 : TextWrap.height(title, FontSize.TITLE) + BELOW_TITLE);
        List<Block> placed = stacked(blocks, x, y);
        int bottom = placed.get(placed.size() - 1).bottom();
        return new FigureLayout(new Dimension(inner + 2 * MARGIN, bottom + MARGIN), title, placed);
    }

    private static List<Block> stacked(List<Block> blocks, int x, int y) {
        List<Block> placed = new ArrayList<>();
        for (Block block : blocks) {
            int top = placed.isEmpty() ? y : placed.get(placed.size() - 1).bottom() + BETWEEN;
            placed.add(block.moved(x, top));
        }
        return placed;
    }
}
