package dev.headlight.render;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;

/**
 * Writes an image as a PNG file, rows at a time: 8 bits per channel, each row as its difference from the row above. In
 * heatmaps most rows equal the row above.
 *
 * @see <a href="https://www.w3.org/TR/png-3/">PNG specification</a>
 */
final class PngFile implements AutoCloseable {
    private static final long SIGNATURE = 0x8950_4e47_0d0a_1a0aL;
    private static final byte UP = 2; // filter type
    private static final int BUFFER = 1 << 14;

    private final int width;
    private final OutputStream file;
    private final Deflater deflater =
            new Deflater(Deflater.BEST_SPEED); // level 6 takes three times as long and saves a fifth
    private final DeflaterOutputStream pixels;
    private final byte[] filtered;
    private int[] above; // the last row that was written

    /** Begins the file of an image of this size, in px. */
    PngFile(int width, int height, OutputStream file) throws IOException {
        this.width = width;
        this.file = file;
        this.filtered = new byte[1 + 3 * width];
        this.above = new int[width];
        this.pixels = new DeflaterOutputStream(new DataChunks(), deflater, BUFFER);
        file.write(ByteBuffer.allocate(8).putLong(SIGNATURE).array());
        ByteBuffer header = ByteBuffer.allocate(13).putInt(width).putInt(height);
        header.put((byte) 8).put((byte) 2); // bits per channel; red, green and blue
        chunk("IHDR", header.array(), 13);
    }

    /** Writes the next rows of pixels, {@code [rows * width]}, as 0xRRGGBB. */
    void write(int[] rgb, int rows) throws IOException {
        for (int from = 0; from < rows * width; from += width) {
            filter(rgb, from);
            pixels.write(filtered);
        }
    }

    /** Replaces {@code filtered} by the row of pixels that begins at {@code from}. */
    private void filter(int[] rgb, int from) {
        Arrays.fill(filtered, (byte) 0);
        filtered[0] = UP;
        if (Arrays.equals(rgb, from, from + width, above, 0, width)) {
            return;
        }
        for (int i = 0, at = 1; i < width; i++, at += 3) {
            int here = rgb[from + i];
            filtered[at] = (byte) ((here >> 16) - (above[i] >> 16));
            filtered[at + 1] = (byte) ((here >> 8) - (above[i] >> 8));
            filtered[at + 2] = (byte) (here - above[i]);
        }
        above = Arrays.copyOfRange(rgb, from, from + width);
    }

    /** Writes what follows the last row. The stream stays open. */
    void finish() throws IOException {
        pixels.finish();
        pixels.flush();
        chunk("IEND", new byte[0], 0);
    }

    /** Frees native memory. */
    @Override
    public void close() {
        deflater.end();
    }

    private void chunk(String type, byte[] data, int length) throws IOException {
        byte[] name = type.getBytes(StandardCharsets.US_ASCII);
        CRC32 crc = new CRC32();
        crc.update(name);
        crc.update(data, 0, length);
        file.write(ByteBuffer.allocate(8).putInt(length).put(name).array());
        file.write(data, 0, length);
        file.write(ByteBuffer.allocate(4).putInt((int) crc.getValue()).array());
    }

    /** The compressed pixels, as chunks of a fixed length. */
    private final class DataChunks extends OutputStream {
        private final byte[] data = new byte[1 << 16];
        private int length;

        @Override
        public void write(int one) throws IOException {
            write(new byte[] {(byte) one}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int from, int count) throws IOException {
            for (int at = from; at < from + count; ) {
                int some = Math.min(data.length - length, from + count - at);
                System.arraycopy(bytes, at, data, length, some);
                length += some;
                at += some;
                if (length == data.length) {
                    flush();
                }
            }
        }

        @Override
        public void flush() throws IOException {
            if (length > 0) {
                chunk("IDAT", data, length);
                length = 0;
            }
        }
    }
}
