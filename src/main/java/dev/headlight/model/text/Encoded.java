package dev.headlight.model.text;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One encoded input.
 *
 * @param ids token ids
 * @param tokens the text of each token, see {@link TokenTexts}
 * @param rawTokens the vocabulary's own strings, such as {@code ĠMary}
 * @param offsets one pair {@code [from, to]} per token: the Unicode code points of the text that it covers, {@code to}
 *     excluded; [0, 0] for an added token; empty if ids were given
 * @param specialTokens the special tokens that the tokenizer added, as in {@code rawTokens}
 * @param rendered the text that a chat template made of a conversation; null for any other input
 */
public record Encoded(
        int[] ids,
        List<String> tokens,
        List<String> rawTokens,
        List<int[]> offsets,
        List<String> specialTokens,
        @Nullable String rendered) {
    /** An input that is not a conversation. */
    Encoded(int[] ids, List<String> tokens, List<String> rawTokens, List<int[]> offsets, List<String> specialTokens) {
        this(ids, tokens, rawTokens, offsets, specialTokens, null);
    }

    /** A copy for a conversation that was rendered to this text. */
    Encoded rendered(String text) {
        return new Encoded(ids, tokens, rawTokens, offsets, specialTokens, text);
    }

    /** Number of token positions. */
    public int length() {
        return ids.length;
    }
}
