package dev.headlight.model.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Regular expressions that would end the process are refused; those of real tokenizers are read. */
class RegexCheckTest extends TokenizerFileTest {
    private static String split(String regex) {
        return "{'type':'Split','pattern':{'Regex':'" + regex.replace("\\", "\\\\")
                + "'},'behavior':'Isolated','invert':false}";
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "(a+)+$",
                "(?:a*)*b",
                "(a|b+)*c",
                "((a+)b)*$",
                "(a{2,})+$",
                "(a+){3,}$",
                "(?:[a-z]+)*$",
                "(\\p{L}+\\s*)+$",
                "([(]a+)+"
            })
    void aRepeatedRepetitionIsRefused(String regex) {
        with("pre_tokenizer", split(regex)).refused("which repeats an unbounded repetition");
    }

    /** Of GPT-2, GPT-4, GPT-4o, DeepSeek, Bloom and CLIP, and of thousands. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
                "(?i:s|t|re|ve|m|ll|d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+",
                "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+(?i:s|t|re)?",
                "[!#$%&()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+",
                " ?[^(\\s|[.,!?…。，、।۔،])]+",
                "<\\|startoftext\\|>|<\\|endoftext\\|>|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+",
                "(?=(\\d{3})+(?!\\d))"
            })
    void whatTokenizersUseIsRead(String regex) throws IOException {
        assertThat(with("pre_tokenizer", split(regex)).encoded("ab")).isNotEmpty();
    }

    @Test
    void aRegularExpressionOfHostileSizeIsRefused() {
        with("pre_tokenizer", split("(".repeat(4000) + "a" + ")".repeat(4000))).refused("more than 50 levels");
        with("pre_tokenizer", split("[".repeat(4000))).refused("more than 50 levels");
        with("pre_tokenizer", split("a|".repeat(10_000))).refused("of 20000 characters");
        with("pre_tokenizer", split("(")).refused("tokenizer.json cannot be read");
    }
}
