package dev.headlight.render;

import java.awt.Font;
import java.awt.FontFormatException;
import java.awt.font.FontRenderContext;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Fonts and text widths. DejaVu Sans from the jar makes pictures the same on every machine; a system font is used for
 * characters that it lacks, such as CJK.
 */
final class Fonts {
    private static final FontRenderContext CONTEXT = new FontRenderContext(null, true, true);
    private static final Font DEJAVU = dejaVu();
    private static final @Nullable Font SYSTEM = system();

    private Fonts() {}

    /** The font that can show the most characters of a text. */
    static Font of(String text, float size) {
        return choose(text).deriveFont(size);
    }

    /** Width of a text, in px. A character that no font has counts as a full-width one, as a browser may show it. */
    static double width(String text, float size) {
        Font font = of(text, size);
        double measured = font.getStringBounds(text, CONTEXT).getWidth();
        return Math.max(measured, missing(font, text) * (double) size);
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

    private static Font choose(String text) {
        if (DEJAVU.canDisplayUpTo(text) < 0 || SYSTEM == null) {
            return DEJAVU;
        }
        return missing(SYSTEM, text) < missing(DEJAVU, text) ? SYSTEM : DEJAVU;
    }

    private static long missing(Font font, String text) {
        return text.codePoints().filter(cp -> !font.canDisplay(cp)).count();
    }

    private static Font dejaVu() {
        try {
            return load();
        } catch (RuntimeException | Error noFontConfiguration) {
            describeFonts();
            return load();
        }
    }

    private static Font load() {
        try (InputStream in = Fonts.class.getResourceAsStream("/fonts/DejaVuSans.ttf")) {
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
