package dev.headlight.render;

import java.awt.Font;
import java.awt.FontFormatException;
import java.awt.font.FontRenderContext;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Fonts and text widths. Two fonts from the jar make pictures the same on every machine: DejaVu Sans, and Droid Sans
 * Fallback for Chinese, Japanese and Korean. A system font is used for characters that they lack, and those that it
 * lacks too are drawn as their code points.
 */
final class Fonts {
    private static final int FULL_WIDTH = 0x4e00; // a Chinese character
    private static final FontRenderContext CONTEXT = new FontRenderContext(null, true, true);
    private static final Font DEJAVU = dejaVu();
    private static final Font DROID = load("DroidSansFallback.ttf");
    private static final @Nullable Font SYSTEM = system();

    private Fonts() {}

    /** A piece of a text in one font. */
    record Run(String text, Font font) {
        /** Width in px. */
        double width() {
            return font.getStringBounds(text, CONTEXT).getWidth();
        }
    }

    /** The pieces of a text as it is drawn in a bitmap. */
    static List<Run> runs(String text, float size) {
        if (DEJAVU.canDisplayUpTo(text) < 0) {
            return List.of(new Run(text, DEJAVU.deriveFont(size)));
        }
        List<Run> runs = new ArrayList<>();
        StringBuilder piece = new StringBuilder();
        Font font = DEJAVU;
        for (int i = 0, cp; i < text.length(); i += Character.charCount(cp)) {
            cp = text.codePointAt(i);
            Font own = fontOf(cp);
            Font next = own == null ? DEJAVU : own;
            if (!next.equals(font) && !piece.isEmpty()) {
                runs.add(new Run(piece.toString(), font.deriveFont(size)));
                piece.setLength(0);
            }
            font = next;
            piece.append(own == null ? Labels.escape(cp) : Character.toString(cp));
        }
        runs.add(new Run(piece.toString(), font.deriveFont(size)));
        return runs;
    }

    /** A text as it is drawn in a bitmap: characters that no font has are their code points. */
    static String spelt(String text) {
        return DEJAVU.canDisplayUpTo(text) < 0
                ? text
                : runs(text, FontSize.LABEL).stream().map(Run::text).collect(Collectors.joining());
    }

    /** The font of texts in SVG, where the reader's machine chooses the glyphs. */
    static Font ofMarkup(float size) {
        return DEJAVU.deriveFont(size);
    }

    /** Width of a text as it is drawn in a bitmap, in px. */
    static double width(String text, float size) {
        return runs(text, size).stream().mapToDouble(Run::width).sum();
    }

    /** Width of a text in a browser, in px. A character that no font has here is taken for a full-width one. */
    static double widthInBrowser(String text, float size) {
        String known = text.codePoints()
                .map(cp -> fontOf(cp) == null ? FULL_WIDTH : cp)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
        return width(known, size);
    }

    private static @Nullable Font fontOf(int cp) {
        if (DEJAVU.canDisplay(cp)) {
            return DEJAVU;
        }
        if (DROID.canDisplay(cp)) {
            return DROID;
        }
        return SYSTEM != null && SYSTEM.canDisplay(cp) ? SYSTEM : null;
    }

    /** Height of a line from the highest ascender to the lowest descender, in px. */
    static double height(float size) {
        var metrics = DEJAVU.deriveFont(size).getLineMetrics("", CONTEXT);
        return metrics.getAscent() + metrics.getDescent();
    }

    /** Distance from the middle of a line down to its baseline, in px: half the height of a capital letter. */
    static double middle(float size) {
        return 0.36 * size;
    }

    private static Font dejaVu() {
        try {
            return load("DejaVuSans.ttf");
        } catch (RuntimeException | Error noFontConfiguration) {
            describeFonts();
            return load("DejaVuSans.ttf");
        }
    }

    private static Font load(String file) {
        try (InputStream in = Fonts.class.getResourceAsStream("/fonts/" + file)) {
            return Font.createFont(Font.TRUETYPE_FONT, in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (FontFormatException e) {
            throw new IllegalStateException(e);
        }
    }

    // without libfontconfig, AWT refuses even a bundled font unless this property names a configuration
    private static void describeFonts() {
        try {
            Path file = Files.createTempFile("headlight-fontconfig", ".properties");
            Files.writeString(file, "version=1\nsequence.allfonts=default\n");
            file.toFile().deleteOnExit();
            System.setProperty("sun.awt.fontconfig", file.toString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static @Nullable Font system() {
        try {
            Font font = new Font(Font.SANS_SERIF, Font.PLAIN, 1);
            font.canDisplay('a');
            return font;
        } catch (RuntimeException | Error noFontsAtAll) {
            return null;
        }
    }
}
