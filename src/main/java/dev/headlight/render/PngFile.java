package dev.headlight.render;

import java.awt.image.BufferedImage;
import java.awt.image.DataBufferInt;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;

/**
 * Encodes images as PNG files: 8 bits per channel, each row as its difference from the row above. In heatmaps most rows
 * equal the row above.
 *
 * @see <a href="https://www.w3.org/TR/png-3/">PNG specification</a>
 */
final class PngFile {
    private static final long SIGNATURE = 0x8950_4e47_0d0a_1a0aL;
    private static final byte UP = 2; // filter type
    private static final int BUFFER = 1 << 14;

    private PngFile() {}

    /** The file of an image of type {@link BufferedImage#TYPE_INT_RGB}. */
    static byte[] of(BufferedImage image) {
        ByteBuffer header = ByteBuffer.allocate(13);
        header.putInt(image.getWidth()).putInt(image.getHeight());
        header.put((byte) 8).put((byte) 2); // bits per channel; red, green and blue
        byte[] pixels = compressed(image);
        ByteBuffer file = ByteBuffer.allocate(8 + 3 * 12 + 13 + pixels.length);
        file.putLong(SIGNATURE);
        chunk("IHDR", header.array(), file);
        chunk("IDAT", pixels, file);
        chunk("IEND", new byte[0], file);
        return file.array();
    }

    private static void chunk(String type, byte[] data, ByteBuffer file) {
        byte[] name = type.getBytes(StandardCharsets.US_ASCII);
        CRC32 crc = new CRC32();
        crc.update(name);
        crc.update(data);
        file.putInt(data.length).put(name).put(data).putInt((int) crc.getValue());
    }

    private static byte[] compressed(BufferedImage image) {
        int width = image.getWidth();
        int[] rgb = ((DataBufferInt) image.getRaster().getDataBuffer()).getData();
        var bytes = new ByteArrayOutputStream();
        Deflater deflater = new Deflater(Deflater.BEST_SPEED); // level 6 takes three times as long and saves a fifth
        try (var out = new DeflaterOutputStream(bytes, deflater, BUFFER)) {
            byte[] row = new byte[1 + 3 * width];
            byte[] sameAsAbove = new byte[row.length];
            sameAsAbove[0] = UP;
            for (int from = 0; from < rgb.length; from += width) {
                if (from > 0 && Arrays.equals(rgb, from, from + width, rgb, from - width, from)) {
                    out.write(sameAsAbove);
                } else {
                    filter(rgb, from, width, row);
                    out.write(row);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            deflater.end();
        }
        return bytes.toByteArray();
    }

    /** Replaces {@code row}, {@code [1 + 3 * width]}, by the row of pixels that begins at {@code from}. */
    private static void filter(int[] rgb, int from, int width, byte[] row) {
        row[0] = UP;
        for (int i = from, at = 1; i < from + width; i++, at += 3) {
            int above = from == 0 ? 0 : rgb[i - width];
            row[at] = (byte) ((rgb[i] >> 16) - (above >> 16));
            row[at + 1] = (byte) ((rgb[i] >> 8) - (above >> 8));
            row[at + 2] = (byte) (rgb[i] - above);
        }
    }
}
