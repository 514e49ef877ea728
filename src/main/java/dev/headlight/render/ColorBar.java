package dev.headlight.render;

import java.awt.Rectangle;
import java.math.BigDecimal;
import java.util.List;

/**
 * The colour bar to the right of the panels, with the largest value at the top.
 *
 * @param scale colours and range
 * @param bar rectangle of the colours, in px
 * @param label text along the bar; empty for none
 * @param ticks labelled values
 */
record ColorBar(Scale scale, Rectangle bar, String label, List<BigDecimal> ticks) {
    private static final int WIDTH = 16;
    private static final int SHORTEST = 96;
    private static final int LONGEST = 1216;
    private static final int TICK_EVERY = 28;

    /** A bar beside panels that span {@code top} to {@code bottom}. It is longer if its label needs that. */
    static ColorBar of(Scale scale, int x, int top, int bottom) {
        String label = Labels.shorten(Labels.visible(scale.label()));
        int least = Math.max(SHORTEST, (int) Math.ceil(Fonts.width(label, FontSize.NAME)));
        int height = Math.max(least, Math.min(LONGEST, bottom - top)); // centred beside a tall grid
        int y = top + Math.max(0, (bottom - top - height) / 2);
        List<BigDecimal> ticks =
                NiceNumbers.within(scale.min(), scale.max(), Math.max(4, Math.min(8, height / TICK_EVERY)));
        return new ColorBar(scale, new Rectangle(x, y, WIDTH, height), label, ticks);
    }

    /** Distance from the bar's right edge to the left edge of its label. */
    int labelLeft() {
        double widest = ticks.stream()
                .mapToDouble(t -> Fonts.width(NiceNumbers.text(t), FontSize.LABEL))
                .max()
                .orElse(0);
        return PlacedPanel.TICK + PlacedPanel.GAP + (int) Math.ceil(widest) + PlacedPanel.GAP;
    }

    /** Right edge of the label, or of the bar if it has none. */
    int right() {
        return bar.x + bar.width + labelLeft() + (label.isEmpty() ? 0 : TextWrap.lineHeight(FontSize.NAME));
    }

    /** Bottom edge of the lowest tick's label. */
    int bottom() {
        return bar.y + bar.height + TextWrap.lineHeight(FontSize.LABEL) / 2;
    }

    /** Height at which a value is. */
    double y(double value) {
        return bar.y + (1 - scale.position(value)) * bar.height;
    }

    /** The value at a height. */
    double value(double y) {
        return scale.max() - (y - bar.y) / bar.height * (scale.max() - scale.min());
    }

    ColorBar moved(int dx, int dy) {
        return new ColorBar(scale, new Rectangle(bar.x + dx, bar.y + dy, bar.width, bar.height), label, ticks);
    }
}
