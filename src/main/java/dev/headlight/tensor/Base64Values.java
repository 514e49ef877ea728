package dev.headlight.tensor;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.Base64;

/** Writes a tensor's little-endian float32 bytes in base64, in constant memory. */
public final class Base64Values {
    private static final int PIECE = 3 << 13; // a multiple of three bytes, so that only the end is padded

    private Base64Values() {}

    /**
     * Writes the values row-major in ASCII, on one line and padded.
     *
     * @param tensor {@code [dims...]}
     * @param out stays open
     * @throws IOException if the stream fails
     * @see <a href="https://www.rfc-editor.org/rfc/rfc4648#section-4">RFC 4648, section 4</a>
     */
    public static void write(Tensor tensor, OutputStream out) throws IOException {
        byte[] piece = new byte[PIECE];
        byte[] text = new byte[PIECE / 3 * 4];
        try (InputStream in = tensor.stream()) {
            for (int count = in.readNBytes(piece, 0, PIECE); count > 0; count = in.readNBytes(piece, 0, PIECE)) {
                byte[] bytes = count == PIECE ? piece : Arrays.copyOf(piece, count);
                out.write(text, 0, Base64.getEncoder().encode(bytes, text));
            }
        }
    }
}
