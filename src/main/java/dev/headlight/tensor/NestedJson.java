package dev.headlight.tensor;

import java.nio.ByteBuffer;
import java.util.Iterator;

/** Writes a tensor's values as nested JSON arrays, in constant memory. Digits follow {@link FloatText}. */
public final class NestedJson {
    /** Receives the text in pieces. */
    @FunctionalInterface
    public interface Sink {
        /**
         * Takes the next piece.
         *
         * @param text a buffer that is reused for the next piece
         * @param length number of characters that are valid
         */
        void accept(char[] text, int length);
    }

    private static final int BUFFER = 1 << 13;

    private final long[] shape;
    private final Iterator<ByteBuffer> slices;
    private final Sink sink;
    private final char[] text = new char[BUFFER];
    private ByteBuffer slice = ByteBuffer.allocate(0);
    private int at;

    private NestedJson(Tensor tensor, Sink sink) {
        this.shape = tensor.shape();
        this.slices = tensor.slices().iterator();
        this.sink = sink;
    }

    /**
     * Writes the values row-major. NaN and infinities become {@code null}; a tensor without axes becomes a bare number.
     *
     * @param tensor {@code [dims...]}
     * @param sink receives the text
     */
    public static void write(Tensor tensor, Sink sink) {
        NestedJson writer = new NestedJson(tensor, sink);
        writer.axis(0);
        writer.flush();
    }

    private void axis(int axis) {
        makeRoom();
        if (axis == shape.length) {
            at = FloatText.write(next(), text, at);
            return;
        }
        text[at++] = '[';
        for (long i = 0; i < shape[axis]; i++) {
            if (i > 0) {
                text[at++] = ',';
            }
            axis(axis + 1);
        }
        makeRoom();
        text[at++] = ']';
    }

    private float next() {
        if (!slice.hasRemaining()) {
            slice = slices.next();
        }
        return slice.getFloat();
    }

    private void makeRoom() {
        if (at > BUFFER - FloatText.LONGEST - 2) {
            flush();
        }
    }

    private void flush() {
        sink.accept(text, at);
        at = 0;
    }
}
