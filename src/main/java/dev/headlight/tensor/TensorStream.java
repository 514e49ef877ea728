package dev.headlight.tensor;

import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Iterator;

/** Streams a tensor's little-endian float32 bytes without copying the whole tensor. */
final class TensorStream extends InputStream {
    private final Iterator<ByteBuffer> slices;
    private ByteBuffer slice = ByteBuffer.allocate(0);

    TensorStream(Iterator<ByteBuffer> slices) {
        this.slices = slices;
    }

    @Override
    public int read() {
        return more() ? slice.get() & 0xFF : -1;
    }

    @Override
    public int read(byte[] to, int from, int length) {
        if (length == 0) {
            return 0;
        }
        if (!more()) {
            return -1;
        }
        int count = Math.min(length, slice.remaining());
        slice.get(to, from, count);
        return count;
    }

    private boolean more() {
        while (!slice.hasRemaining() && slices.hasNext()) {
            slice = slices.next();
        }
        return slice.hasRemaining();
    }
}
