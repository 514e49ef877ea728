package dev.headlight.render;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LabelsTest {
    @ParameterizedTest
    @ValueSource(strings = {"17", "the", "<|endoftext|>", "a b", "日本", "😀", "é", "\\n", "Ġthe", "\ufffd", ""})
    void whatCanBeSeenStays(String token) {
        assertThat(Labels.visible(token)).isEqualTo(token);
    }

    @ParameterizedTest
    @CsvSource(
            ignoreLeadingAndTrailingWhitespace = false,
            value = {" the,␣the", "the ,the␣", "a  b,a␣␣b", "'   ',␣␣␣", " a b,␣a b"})
    void spacesThatWouldBeLostAreShown(String token, String shown) {
        assertThat(Labels.visible(token)).isEqualTo(shown);
    }

    @Test
    void controlAndInvisibleCharactersAreShown() {
        assertThat(Labels.visible("\n\t\r\u0000\u007f\u0085")).isEqualTo("⏎⇥\\u000D\\u0000\\u007F\\u0085");
        assertThat(Labels.visible("\u200b\u00a0\u202e\ufeff")).isEqualTo("\\u200B\\u00A0\\u202E\\uFEFF");
    }

    @Test
    void whatXmlForbidsIsSpeltOut() {
        assertThat(Labels.visible("\ud83d")).isEqualTo("\\uD83D");
        assertThat(Labels.visible("\ude00\ud83d")).isEqualTo("\\uDE00\\uD83D");
        assertThat(Labels.visible("\ufffe\uffff")).isEqualTo("\\uFFFE\\uFFFF");
    }

    @Test
    void onlyVeryLongLabelsLoseTheirMiddle() {
        assertThat(Labels.shorten("x".repeat(40))).hasSize(40);
        String shortened = Labels.shorten("begin" + "😀".repeat(60) + "end");
        assertThat(shortened).startsWith("begin").contains("…").endsWith("end");
        assertThat(shortened.codePointCount(0, shortened.length())).isEqualTo(40);
        assertThat(Labels.visible(shortened)).isEqualTo(shortened); // no pair was cut in two
    }
}
