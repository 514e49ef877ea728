package dev.headlight.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One input as the model sees it.
 *
 * @param ids token ids
 * @param tokens the text of each token, see {@link TokenTexts}
 * @param rawTokens the vocabulary's own strings, such as {@code ĠMary}
 * @param offsets Unicode code points of the text, from..to (exclusive), one pair a token; [0, 0] for one that was added;
 *     empty where ids were given
 * @param specialTokens the special tokens that the tokenizer added, raw
 * @param rendered the text that a chat template made of a conversation; null for any other input
 */
public record Encoded(
        int[] ids,
        List<String> tokens,
        List<String> rawTokens,
        List<int[]> offsets,
        List<String> specialTokens,
        @Nullable String rendered) {
    /** One that was no conversation. */
    Encoded(int[] ids, List<String> tokens, List<String> rawTokens, List<int[]> offsets, List<String> specialTokens) {
        this(ids, tokens, rawTokens, offsets, specialTokens, null);
    }

    /** The same, of a conversation that became this text. */
    Encoded rendered(String text) {
        return new Encoded(ids, tokens, rawTokens, offsets, specialTokens, text);
    }

    /** Number of positions. */
    public int length() {
        return ids.length;
    }
}
