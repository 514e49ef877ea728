package dev.headlight.model;

import java.util.List;

/**
 * One input as the model sees it.
 *
 * @param ids token ids
 * @param tokens the text of each token, see {@link TokenTexts}
 * @param rawTokens the vocabulary's own strings, such as {@code ĠMary}
 * @param offsets Unicode code points of the text, from..to (exclusive), one pair a token; [0, 0] for one that was added;
 *     empty where ids were given
 * @param specialTokens the special tokens that the tokenizer added, raw
 */
public record Encoded(
        int[] ids, List<String> tokens, List<String> rawTokens, List<int[]> offsets, List<String> specialTokens) {
    /** Number of positions. */
    public int length() {
        return ids.length;
    }
}
