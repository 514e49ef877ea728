package dev.headlight.model;

/**
 * A model's tokens without the special ones.
 *
 * @param before special tokens that the tokenizer adds before every text, such as BOS
 * @param tokens ids, ascending
 * @param after special tokens that it adds after every text, such as EOS
 */
public record Ordinary(int[] before, int[] tokens, int[] after) {
    /** The same tokens, without special tokens before and after. */
    public Ordinary bare() {
        return new Ordinary(new int[0], tokens, new int[0]);
    }
}
