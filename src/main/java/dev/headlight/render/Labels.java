package dev.headlight.render;

/** Makes tokens readable for people and valid in XML. */
public final class Labels {
    /** Longest label in code points. Longer labels lose their middle, so that one label cannot dwarf the picture. */
    static final int MAX_LENGTH = 40;

    private Labels() {}

    /**
     * Makes invisible characters of a token visible. Spaces at the ends and in runs become {@code ␣}, newlines {@code
     * ⏎} and tabs {@code ⇥}. Other control characters, invisible characters, unpaired surrogates and characters not
     * allowed in XML become {@code \}{@code uXXXX} or {@code \}{@code u{XXXXX}}. All other text stays as it is.
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

    /** Shortens a label to {@link #MAX_LENGTH} code points as drawn, with an ellipsis in place of its middle. */
    static String shorten(String label) {
        String shown = shorten(label, MAX_LENGTH);
        for (int length = MAX_LENGTH - 1; Fonts.spelt(shown).length() > 2 * MAX_LENGTH; length--) {
            shown = shorten(label, length);
        }
        return shown;
    }

    /** Shortens a label to {@code longest} code points. */
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

    // XML viewers drop spaces at the ends and collapse runs
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
                    out.append(escape(cp));
                } else {
                    out.appendCodePoint(cp);
                }
            }
        }
    }

    /** A character as its code point: {@code \\}{@code u4E16}, or {@code \\}{@code u{1F600}} if it has more than four digits. */
    static String escape(int cp) {
        return (cp > 0xffff ? "\\u{%X}" : "\\u%04X").formatted(cp);
    }

    private static boolean isUnseen(int cp) {
        return switch (Character.getType(cp)) {
            case Character.CONTROL, Character.FORMAT, Character.SURROGATE -> true;
            case Character.SPACE_SEPARATOR, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR -> true;
            default -> (cp & 0xfffe) == 0xfffe; // the noncharacters U+xxFFFE and U+xxFFFF of every plane
        };
    }
}
