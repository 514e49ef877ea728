package dev.headlight.render;

import java.util.ArrayList;
import java.util.List;

/** Wraps titles into lines. Lengths are in px. */
final class TextWrap {
    private TextWrap() {}

    /** Breaks a text into lines of whole words, each at most {@code width} wide unless a single word is wider. */
    static List<String> wrap(String text, float size, double width) {
        List<String> lines = new ArrayList<>();
        String line = "";
        for (String word : Labels.visible(text).split(" ", 0)) {
            String longer = line.isEmpty() ? word : line + ' ' + word;
            if (!line.isEmpty() && Fonts.width(longer, size) > width) {
                lines.add(line);
                longer = word;
            }
            line = longer;
        }
        if (!line.isEmpty()) {
            lines.add(line);
        }
        return lines;
    }

    /** Width of the longest line. */
    static double width(List<String> lines, float size) {
        return lines.stream().mapToDouble(l -> Fonts.width(l, size)).max().orElse(0);
    }

    static int height(List<String> lines, float size) {
        return lines.size() * lineHeight(size);
    }

    static int lineHeight(float size) {
        return (int) Math.ceil(Fonts.height(size)) + 1;
    }
}
