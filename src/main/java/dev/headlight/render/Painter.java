package dev.headlight.render;

import dev.headlight.render.Canvas.Anchor;
import dev.headlight.render.TickLabels.Tick;
import java.awt.Rectangle;
import java.math.BigDecimal;
import java.util.List;

/** Draws the layout of a figure. */
record Painter(Canvas canvas) {
    private static final int WHITE = 0xffffff;
    private static final int LINE = 0x595959;
    private static final int STRIP = 2; // height of one colour of the colour bar, in px

    /** Draws the whole picture. */
    void paint(FigureLayout layout) {
        canvas.fill(WHITE, 0, 0, layout.size().width, layout.size().height);
        lines(layout.title(), FontSize.TITLE, layout.size().width / 2.0, FigureLayout.MARGIN);
        layout.blocks().forEach(this::block);
    }

    private void block(FigureLayout.Block block) {
        block.grid().panels().forEach(placed -> panel(placed, block.bar().scale()));
        bar(block.bar());
    }

    private void panel(PlacedPanel placed, Scale scale) {
        Rectangle cells = placed.cells();
        lines(placed.title(), FontSize.NAME, cells.getCenterX(), cells.y - placed.top());
        canvas.cells(placed.panel(), scale, cells, placed.cell());
        canvas.frame(LINE, cells);
        rows(placed, cells);
        columns(placed, cells);
    }

    private void lines(List<String> lines, float size, double x, int top) {
        double step = TextWrap.lineHeight(size);
        for (int i = 0; i < lines.size(); i++) {
            canvas.text(lines.get(i), size, Anchor.CENTRE, x, top + (i + 0.5) * step);
        }
    }

    private void rows(PlacedPanel placed, Rectangle cells) {
        int right = cells.x - 1 - PlacedPanel.TICK;
        for (Tick tick : placed.rows().ticks()) {
            double y = cells.y + (tick.index() + 0.5) * placed.cell().height();
            canvas.fill(LINE, right, (int) y, PlacedPanel.TICK, 1);
            canvas.text(tick.text(), FontSize.LABEL, Anchor.END, right - PlacedPanel.GAP, y);
        }
        rowName(placed, cells);
    }

    private void rowName(PlacedPanel placed, Rectangle cells) {
        double right = cells.x - placed.rowNameRight();
        if (placed.rowNameTurned()) {
            double middle = right - TextWrap.lineHeight(FontSize.NAME) / 2.0;
            canvas.text(placed.rows().name(), FontSize.NAME, Anchor.CENTRE, middle, cells.getCenterY(), 90);
        } else {
            canvas.text(placed.rows().name(), FontSize.NAME, Anchor.END, right, cells.getCenterY());
        }
    }

    private void columns(PlacedPanel placed, Rectangle cells) {
        int top = cells.y + cells.height + 1;
        for (Tick tick : placed.columns().ticks()) {
            double x = cells.x + (tick.index() + 0.5) * placed.cell().width();
            canvas.fill(LINE, (int) x, top, 1, PlacedPanel.TICK);
            canvas.text(tick.text(), FontSize.LABEL, Anchor.END, x, top + PlacedPanel.TICK + PlacedPanel.GAP, 45);
        }
        double middle = top + placed.columnNameTop() + TextWrap.lineHeight(FontSize.NAME) / 2.0;
        canvas.text(placed.columns().name(), FontSize.NAME, Anchor.CENTRE, cells.getCenterX(), middle);
    }

    private void bar(ColorBar colors) {
        Rectangle bar = colors.bar();
        for (int y = bar.y; y < bar.y + bar.height; y += STRIP) {
            int height = Math.min(STRIP, bar.y + bar.height - y);
            canvas.fill(Colormap.rgb(colors.scale(), colors.value(y + height / 2.0)), bar.x, y, bar.width, height);
        }
        canvas.frame(LINE, bar);
        colors.ticks().forEach(tick -> barTick(colors, tick));
        double middle = bar.x + bar.width + colors.labelLeft() + TextWrap.lineHeight(FontSize.NAME) / 2.0;
        canvas.text(colors.label(), FontSize.NAME, Anchor.CENTRE, middle, bar.getCenterY(), 90);
    }

    private void barTick(ColorBar colors, BigDecimal tick) {
        int left = colors.bar().x + colors.bar().width + 1;
        double y = colors.y(tick.doubleValue());
        canvas.fill(LINE, left, (int) Math.round(y - 0.5), PlacedPanel.TICK, 1);
        canvas.text(NiceNumbers.text(tick), FontSize.LABEL, Anchor.START, left + PlacedPanel.TICK + PlacedPanel.GAP, y);
    }
}
