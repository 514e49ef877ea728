package dev.headlight.model;

import java.util.List;

/**
 * One input as the model sees it.
 *
 * @param ids token ids
 * @param tokens one readable string a token
 * @param rawTokens the vocabulary's own strings, such as {@code ĠMary}
 * @param offsets characters from..to (exclusive) of the text, one pair a token; empty where ids were given
 * @param specialTokens the special tokens that the tokenizer added, raw
 */
public record Encoded(
        int[] ids, List<String> tokens, List<String> rawTokens, List<int[]> offsets, List<String> specialTokens) {
    /** Number of positions. */
    public int length() {
        return ids.length;
    }
}
