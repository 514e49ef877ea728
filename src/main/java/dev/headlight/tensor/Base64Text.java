package dev.headlight.tensor;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Base64;

/** A tensor's little-endian float32 bytes in base64 (RFC 4648, with padding), in constant memory. */
public final class Base64Text {
    private Base64Text() {}

    /** Writes the ASCII text to a stream, which stays open. */
    public static void write(Tensor tensor, OutputStream out) throws IOException {
        OutputStream unclosed = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                out.write(b);
            }

            @Override
            public void write(byte[] b, int from, int length) throws IOException {
                out.write(b, from, length);
            }
        };
        try (OutputStream encoder = Base64.getEncoder().wrap(unclosed)) { // closing writes the padding
            Bytes.write(tensor, encoder);
        }
    }
}
