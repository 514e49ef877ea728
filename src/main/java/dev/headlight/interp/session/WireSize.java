package dev.headlight.interp.session;

/**
 * How many bytes an answer takes in the format that the client asked for.
 *
 * @param value bytes of one value of a tensor
 * @param masked bytes of one attention value that the model's mask hides
 * @param tensor bytes around the values of a tensor, approximately
 * @param text bytes of the rest of the answer in this format, per byte of it in JSON
 */
public record WireSize(double value, double masked, int tensor, double text) {
    /** Only the values of tensors, in float32 as in memory. */
    public static final WireSize VALUES = new WireSize(Float.BYTES, Float.BYTES, 0, 0);

    /** Bytes of an answer of this size. */
    long bytes(AnswerSize size) {
        return (long) (value * size.values() + masked * size.masked() + tensor * size.tensors() + text * size.text());
    }
}
