package dev.headlight.render;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class FontsTest {
    /** Draws one picture and prints its width. */
    static final class Draw {
        public static void main(String[] args) {
            Heatmap.png(Figures.one(List.of(" the", "日本"), List.of("a"), 1, 2));
            System.out.println("drawn");
        }
    }

    @Test
    void latinCyrillicAndMarksAreDrawnInTheFontOfTheJar() {
        assertThat(Fonts.of("␣мир⏎⇥…−", 11).getFamily()).isEqualTo("DejaVu Sans");
    }

    @Test
    void noRoomIsTooSmallForACharacterThatNoFontHas() {
        assertThat(Fonts.width("\ud83e\udd84\ud83e\udd84", 10)).isGreaterThanOrEqualTo(10);
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
