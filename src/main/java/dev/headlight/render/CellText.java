package dev.headlight.render;

/**
 * The text of a cell, on one line. The middle of a long text is left out.
 *
 * @param whole full text
 * @param shown shortened text that is drawn
 */
record CellText(String whole, String shown) {
    private static final int WIDEST = 80; // px: about 12 letters, or 7 full-width characters

    static CellText of(String text) {
        String whole = Labels.visible(text);
        String shown = Labels.shorten(whole);
        for (int length = Labels.MAX_LENGTH; Fonts.width(shown, FontSize.LABEL) > WIDEST; length--) {
            shown = Labels.shorten(whole, length);
        }
        return new CellText(whole, shown);
    }

    /** Width of the shown text, in px. */
    double width() {
        return Fonts.width(shown, FontSize.LABEL);
    }

    boolean isShortened() {
        return !shown.equals(whole);
    }
}
