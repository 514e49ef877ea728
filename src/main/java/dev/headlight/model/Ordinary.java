package dev.headlight.model;

/**
 * What a text can be made of: a model's tokens but for its special ones.
 *
 * @param before special tokens that the tokenizer puts before every text, such as BOS
 * @param tokens ids, ascending
 * @param after special tokens that it puts behind every text
 */
public record Ordinary(int[] before, int[] tokens, int[] after) {
    /** Without the special tokens around texts. */
    public Ordinary bare() {
        return new Ordinary(new int[0], tokens, new int[0]);
    }
}
