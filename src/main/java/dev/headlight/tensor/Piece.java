package dev.headlight.tensor;

import java.nio.ByteBuffer;

/** Room for the text of some values of a tensor. It is used again for other values. */
final class Piece {
    private final float[] values;
    private final byte[] bytes;
    private int length;

    /** Room for the text of {@code most} values. */
    Piece(int most, NestedText text) {
        this.values = new float[most];
        this.bytes = new byte[most * text.longest() + FloatText.SLACK];
    }

    /** Values that follow each other: those of {@code slice} from {@code from} on, of which the first is {@code index}. */
    record Range(ByteBuffer slice, int from, int count, long index) {}

    /** Replaces the text by that of other values. */
    Piece with(Range range, NestedText text) {
        range.slice.asFloatBuffer().get(range.from, values, 0, range.count);
        length = text.write(values, range.count, range.index, bytes);
        return this;
    }

    /** The text, followed by bytes without meaning. */
    byte[] bytes() {
        return bytes;
    }

    /** Number of bytes of the text. */
    int length() {
        return length;
    }
}
