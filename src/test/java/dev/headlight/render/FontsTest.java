package dev.headlight.render;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FontsTest {
    /** Draws one picture and prints its width. */
    static final class Draw {
        public static void main(String[] args) {
            Figures.png(Figures.one(List.of(" the", "日本"), List.of("a"), 1, 2));
            System.out.println("drawn");
        }
    }

    @Test
    void latinCyrillicAndMarksAreDrawnInTheFontOfTheJar() {
        assertThat(families("␣мир⏎⇥…−")).containsExactly("DejaVu Sans");
    }

    /** The first texts are those of the case that was reported: 你好，世界. */
    @ParameterizedTest
    @ValueSource(strings = {"你好，世界", "日本語のテキスト", "한국어", "漢字"})
    void chineseJapaneseAndKoreanAreDrawnInTheFontOfTheJar(String text) {
        assertThat(families(text)).containsExactly("Droid Sans Fallback");
        assertThat(Fonts.spelt(text)).isEqualTo(text);
    }

    @Test
    void aTextOfTwoScriptsHasTwoFonts() {
        assertThat(Fonts.runs("a世b", 11)).extracting(Fonts.Run::text).containsExactly("a", "世", "b");
        assertThat(families("a世b")).containsExactly("DejaVu Sans", "Droid Sans Fallback", "DejaVu Sans");
    }

    /** No font has a character for private use in the last plane, nor a character that is not assigned. */
    @Test
    void aCharacterThatNoFontHasIsItsCodePoint() {
        assertThat(Fonts.spelt("a\u0378世\udbff\udffd")).isEqualTo("a\\u0378世\\u{10FFFD}");
        assertThat(Fonts.width("\u0378", 10)).isEqualTo(Fonts.width("\\u0378", 10));
    }

    @Test
    void aBrowserIsTakenToHaveEveryGlyph() {
        assertThat(Fonts.widthInBrowser("\u0378a", 10)).isEqualTo(Fonts.width("世a", 10));
    }

    @Test
    void manyCodePointsAreShortenedToo() {
        assertThat(Fonts.spelt(Labels.shorten("\u0378".repeat(40))))
                .hasSizeLessThanOrEqualTo(80)
                .contains("…");
    }

    private static List<String> families(String text) {
        return Fonts.runs(text, 11).stream().map(run -> run.font().getFamily()).toList();
    }

    @Test
    void aMachineWithoutAFontConfigurationDraws() throws Exception {
        ProcessBuilder java = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Djava.awt.headless=true",
                "-Dsun.awt.fontconfig=/nonexistent",
                "-cp",
                System.getProperty("java.class.path"),
                Draw.class.getName());
        java.environment().remove("JAVA_TOOL_OPTIONS"); // the JVM would print that it found them
        Process process = java.redirectErrorStream(true).start();
        assertThat(new String(process.getInputStream().readAllBytes())).isEqualToIgnoringNewLines("drawn");
        assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    }
}
