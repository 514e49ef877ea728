package dev.headlight.tensor;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Iterator;

/** Writes a tensor's values as nested JSON arrays, in constant memory. Digits follow {@link FloatText}. */
public final class NestedJson {
    private static final int PIECE = 1 << 16; // bytes

    private NestedJson() {}

    /**
     * Writes the values row-major in ASCII. NaN and infinities become {@code null}; a tensor without axes becomes a bare
     * number. Other threads help with a large tensor if they are idle.
     *
     * @param tensor {@code [dims...]}
     * @param out only the calling thread writes to it; stays open
     * @throws IOException if the stream fails; no thread reads the tensor after that
     */
    public static void write(Tensor tensor, OutputStream out) throws IOException {
        if (tensor.size() == 0) {
            empty(tensor.shape(), 0, out);
            return;
        }
        NestedText text = new NestedText(tensor.shape());
        int most = (int) Math.min(tensor.size(), (PIECE - FloatText.SLACK) / text.longest());
        Ranges ranges = new Ranges(tensor.slices().iterator(), most);
        if (tensor.size() < ParallelPieces.LEAST || ParallelPieces.CORES == 1) {
            Piece piece = new Piece(most, text);
            while (ranges.hasNext()) {
                piece.with(ranges.next(), text);
                out.write(piece.bytes(), 0, piece.length());
            }
        } else {
            new ParallelPieces(text, ranges, most).write(out);
        }
    }

    /** Writes the arrays of a tensor without values. */
    private static void empty(long[] shape, int axis, OutputStream out) throws IOException {
        out.write('[');
        for (long i = 0; i < shape[axis]; i++) {
            if (i > 0) {
                out.write(',');
            }
            empty(shape, axis + 1, out);
        }
        out.write(']');
    }

    /** Divides a tensor's values into ranges of at most {@code most}. */
    private static final class Ranges implements Iterator<Piece.Range> {
        private final Iterator<ByteBuffer> slices;
        private final int most;
        private ByteBuffer slice = ByteBuffer.allocate(0);
        private int at; // in the slice, in values
        private long index; // in the tensor

        Ranges(Iterator<ByteBuffer> slices, int most) {
            this.slices = slices;
            this.most = most;
        }

        @Override
        public boolean hasNext() {
            return at < slice.limit() / Float.BYTES || slices.hasNext();
        }

        @Override
        public Piece.Range next() {
            if (at == slice.limit() / Float.BYTES) {
                slice = slices.next();
                at = 0;
            }
            int count = Math.min(most, slice.limit() / Float.BYTES - at);
            Piece.Range range = new Piece.Range(slice, at, count, index);
            at += count;
            index += count;
            return range;
        }
    }
}
