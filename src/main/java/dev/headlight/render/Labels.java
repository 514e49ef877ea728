package dev.headlight.render;

/** Tokens as people and XML can read them. */
public final class Labels {
    /** Longer labels lose their middle: a margin made for one would dwarf the picture. In code points. */
    static final int MAX_LENGTH = 40;

    private Labels() {}

    /**
     * The token with what cannot be seen made visible: spaces at its ends and in runs as {@code ␣}, newline
     * {@code ⏎}, tab {@code ⇥}, and other control, invisible, unpaired or XML-illegal characters as
     * {@code \}{@code uXXXX} (DejaVu Sans has no pictures of them). All other text, digits above all, stays exactly as it is.
     */
    public static String visible(String token) {
        StringBuilder out = new StringBuilder();
        for (int i = 0, cp; i < token.length(); i += Character.charCount(cp)) {
            cp = token.codePointAt(i);
            if (cp == ' ') {
                out.append(spaceShows(token, i) ? '␣' : ' ');
            } else {
                append(out, cp);
            }
        }
        return out.toString();
    }

    /** At most {@link #MAX_LENGTH} code points: an ellipsis stands for the middle of a longer one. */
    static String shorten(String label) {
        return shorten(label, MAX_LENGTH);
    }

    /** At most this many code points. */
    static String shorten(String label, int longest) {
        if (label.codePointCount(0, label.length()) <= longest) {
            return label;
        }
        int head = longest / 2;
        int tail = longest - head - 1;
        return label.substring(0, label.offsetByCodePoints(0, head))
                + '…'
                + label.substring(label.offsetByCodePoints(label.length(), -tail));
    }

    // XML viewers drop spaces at the ends and fold runs of them
    private static boolean spaceShows(String token, int i) {
        boolean end = i == 0 || i == token.length() - 1;
        return end || token.charAt(i - 1) == ' ' || token.charAt(i + 1) == ' ';
    }

    private static void append(StringBuilder out, int cp) {
        switch (cp) {
            case '\n' -> out.append('⏎');
            case '\t' -> out.append('⇥');
            default -> {
                if (isUnseen(cp)) {
                    out.append("\\u%04X".formatted(cp));
                } else {
                    out.appendCodePoint(cp);
                }
            }
        }
    }

    private static boolean isUnseen(int cp) {
        return switch (Character.getType(cp)) {
            case Character.CONTROL, Character.FORMAT, Character.SURROGATE -> true;
            case Character.SPACE_SEPARATOR, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR -> true;
            default -> (cp & 0xfffe) == 0xfffe; // U+FFFE, U+FFFF and their like in every plane
        };
    }
}
