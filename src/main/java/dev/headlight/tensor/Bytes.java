package dev.headlight.tensor;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;

/** Copies a tensor's little-endian bytes to a stream, in constant memory. */
final class Bytes {
    private static final int PIECE = 1 << 16;

    private Bytes() {}

    static void write(Tensor tensor, OutputStream out) throws IOException {
        byte[] piece = new byte[PIECE];
        for (ByteBuffer slice : tensor.slices()) {
            while (slice.hasRemaining()) {
                int length = Math.min(PIECE, slice.remaining());
                slice.get(piece, 0, length);
                out.write(piece, 0, length);
            }
        }
    }
}
