package dev.headlight.render;

/**
 * A cell's text as it is drawn: on one line, the middle of a very long one left out.
 *
 * @param whole all of it
 * @param shown what is drawn
 */
record CellText(String whole, String shown) {
    private static final int WIDEST = 80; // px: some 12 letters, or 7 full-width characters

    static CellText of(String text) {
        String whole = Labels.visible(text);
        String shown = Labels.shorten(whole);
        for (int length = Labels.MAX_LENGTH; Fonts.width(shown, Type.LABEL) > WIDEST; length--) {
            shown = Labels.shorten(whole, length);
        }
        return new CellText(whole, shown);
    }

    /** In px. */
    double width() {
        return Fonts.width(shown, Type.LABEL);
    }

    boolean isShortened() {
        return !shown.equals(whole);
    }
}
