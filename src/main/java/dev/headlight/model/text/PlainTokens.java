package dev.headlight.model.text;

/**
 * A model's tokens without the special ones.
 *
 * @param before special tokens that the tokenizer adds before every text, such as BOS
 * @param tokens ids, ascending
 * @param after special tokens that it adds after every text, such as EOS
 */
public record PlainTokens(int[] before, int[] tokens, int[] after) {
    /** The same tokens, without special tokens before and after. */
    public PlainTokens bare() {
        return new PlainTokens(new int[0], tokens, new int[0]);
    }
}
