package dev.headlight.tensor;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * The header of a safetensors file, checked as a whole. Every tensor lies inside the file and has the number of bytes
 * that its shape needs. The tensors fill the file without gaps or overlaps.
 *
 * @see <a href="https://github.com/huggingface/safetensors#format">safetensors format</a>
 */
final class SafetensorsHeader {
    private static final long MAX_BYTES = 100_000_000; // the limit of the reference implementation
    private static final int SHOWN = 200; // characters of a name in a message

    /**
     * One tensor.
     *
     * @param dtype name in the format, such as {@code F32}
     * @param width bytes of one value
     * @param shape size of each axis
     * @param from offset in the file of the first byte
     * @param to offset in the file after the last byte
     */
    record Entry(String dtype, int width, long[] shape, long from, long to) {
        /** Number of elements. */
        long size() {
            return (to - from) / width;
        }
    }

    private SafetensorsHeader() {}

    /**
     * Reads and checks the header.
     *
     * @param channel of the whole file
     * @param file name for messages
     * @return tensors by name, in the order of the header
     * @throws IOException if the file is not valid; the message names the file and the fault
     */
    static Map<String, Entry> read(FileChannel channel, String file) throws IOException {
        long size = channel.size();
        if (size < Long.BYTES) {
            throw fault(file, "it has " + size + " bytes, fewer than the 8 of the header's length");
        }
        long length = read(channel, file, 0, Long.BYTES).getLong();
        if (length < 2 || length > Math.min(MAX_BYTES, size - Long.BYTES)) {
            throw fault(
                    file,
                    "its header would have " + length + " bytes, but the file has " + size
                            + "; it is damaged, or not a safetensors file");
        }
        byte[] json = read(channel, file, Long.BYTES, (int) length).array();
        long start = Long.BYTES + length;
        Map<String, Entry> entries = new SafetensorsEntries(file, start, size).parse(json);
        requireGapless(file, entries, start, size);
        return entries;
    }

    private static ByteBuffer read(FileChannel channel, String file, long at, int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        while (buffer.hasRemaining() && channel.read(buffer, at + buffer.position()) >= 0) {}
        if (buffer.hasRemaining()) {
            throw fault(file, "it ends within its header");
        }
        return buffer.flip();
    }

    /** The format forbids overlaps and gaps, which could hide data from another reader of the file. */
    private static void requireGapless(String file, Map<String, Entry> entries, long start, long size)
            throws IOException {
        List<Map.Entry<String, Entry>> sorted = entries.entrySet().stream()
                .sorted(Comparator.comparingLong((Map.Entry<String, Entry> e) -> e.getValue().from)
                        .thenComparingLong(e -> e.getValue().to))
                .toList();
        long end = start;
        String previous = "the header";
        for (Map.Entry<String, Entry> e : sorted) {
            String name = "tensor " + brief(e.getKey());
            long gap = e.getValue().from - end;
            if (gap != 0) {
                throw fault(
                        file,
                        name + (gap < 0 ? " overlaps " + previous : " begins " + gap + " bytes after " + previous));
            }
            end = e.getValue().to;
            previous = name;
        }
        if (end != size) {
            throw fault(file, size - end + " bytes follow " + previous + ", so it is damaged: copy it again");
        }
    }

    /** Shortens a name for a message. */
    static String brief(String name) {
        return name.length() <= SHOWN ? name : name.substring(0, SHOWN) + "…";
    }

    /** The exception for a file that is not valid. */
    static IOException fault(String file, String what) {
        return new IOException(file + ": " + what);
    }
}
