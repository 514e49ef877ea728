package dev.headlight.web;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.Objects;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpOutputMessage;

/**
 * The body of a reply. It is compressed with gzip if that is wanted and the first bytes that come are many enough. A body
 * that comes in one piece is sent with its length, so that the client has it all before the request ends here.
 */
final class ReplyStream extends OutputStream {
    /** Fewest bytes that are compressed: fewer fit into one packet anyway. */
    static final int LEAST = 1400;

    private final HttpOutputMessage output;
    private final boolean gzip;
    private byte @Nullable [] first; // the only bytes so far, since they decide on headers
    private @Nullable OutputStream body;
    private @Nullable Gzip compressed;

    /**
     * The body of a reply whose headers are not sent yet.
     *
     * @param gzip whether to compress
     */
    ReplyStream(HttpOutputMessage output, boolean gzip) {
        this.output = output;
        this.gzip = gzip;
    }

    /** Compresses at level 1: of JSON, level 6 saves an eighth more and takes six times as long. */
    private static final class Gzip extends GZIPOutputStream {
        private static final int BUFFER = 1 << 14;

        Gzip(OutputStream out) throws IOException {
            super(out, BUFFER);
            def.setLevel(Deflater.BEST_SPEED);
        }

        void free() {
            def.end();
        }
    }

    private OutputStream open(int length) throws IOException {
        if (gzip && length >= LEAST) {
            output.getHeaders().set(HttpHeaders.CONTENT_ENCODING, "gzip");
            compressed = new Gzip(output.getBody());
            return compressed;
        }
        return output.getBody();
    }

    @Override
    public void write(int one) throws IOException {
        write(new byte[] {(byte) one}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
        if (body == null && first == null) {
            first = Arrays.copyOfRange(bytes, from, from + length);
            return;
        }
        started().write(bytes, from, length);
    }

    /** The body, with the first bytes written. */
    private OutputStream started() throws IOException {
        if (body == null) {
            byte[] held = Objects.requireNonNullElse(first, new byte[0]);
            body = open(held.length);
            body.write(held);
        }
        return body;
    }

    /** Writes what follows the last byte. It is left out if the reply fails, so that clients notice. */
    void finish() throws IOException {
        if (body == null && first != null && !(gzip && first.length >= LEAST)) {
            output.getHeaders().setContentLength(first.length);
        }
        OutputStream all = started();
        if (compressed != null) {
            compressed.finish();
        }
        all.flush();
    }

    /** Frees native memory; the connection stays open. */
    @Override
    public void close() {
        if (compressed != null) {
            compressed.free();
        }
    }
}
