package dev.headlight.interp;

/**
 * What an answer takes in the form that the client asked for.
 *
 * @param value bytes of one value of a tensor
 * @param hidden bytes of one that the model's own mask hides
 * @param tensor bytes around the values of a tensor, about
 * @param text how many times the bytes that the rest has as JSON
 */
public record Writing(double value, double hidden, int tensor, double text) {
    /** Values alone, as in memory. */
    public static final Writing VALUES = new Writing(Float.BYTES, Float.BYTES, 0, 0);

    long bytes(AnswerSize size) {
        return (long) (value * size.values() + hidden * size.hidden() + tensor * size.tensors() + text * size.text());
    }
}
