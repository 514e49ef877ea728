package dev.headlight.tensor;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;

/**
 * Reads tensors from a file into arrays, converting them on the way, in pieces through small buffers: no tensor ever
 * exists twice, however large it is. One reader serves all tensors of a checkpoint: buffers that came and went between
 * the weights would leave holes in the heap.
 */
public final class TensorReader implements AutoCloseable {
    private static final int PIECE = 1 << 20; // values: 4 MiB in float32
    private static final float MOST_HALF = 65504; // the largest finite float16

    private interface Use {
        /** @param values of the file, from {@code at} on; float16 or float32, on the CPU, gone afterwards */
        boolean of(long at, NDArray values) throws IOException;
    }

    private final NDManager memory =
            NDManager.newBaseManager(Device.cpu(), "PyTorch"); // freed at once, unlike Java's own
    private final ByteBuffer raw = buffer();
    private final ByteBuffer wide = buffer();

    private ByteBuffer buffer() {
        NDArray bytes = memory.create(new Shape(PIECE * Float.BYTES), DataType.INT8);
        return bytes.toByteBuffer(true).order(ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * Fills an array of the tensor's shape, of any dtype and on any device.
     *
     * @param tensor F32, F16 or BF16
     * @throws IOException as half a sentence, for a finite value that float16 cannot hold, or where the file ends too early
     */
    void read(FileChannel channel, SafetensorsHeader.Entry tensor, NDArray to) throws IOException {
        boolean toHalf = to.getDataType() == DataType.FLOAT16;
        try (NDArray flat = to.flatten()) {
            pieces(channel, tensor, (at, values) -> {
                if (toHalf && values.getDataType() == DataType.FLOAT32) {
                    requireHalf(values.toByteBuffer(true)
                            .order(ByteOrder.LITTLE_ENDIAN)
                            .asFloatBuffer());
                }
                Ops.put(flat, at, values);
                return true;
            });
        }
    }

    /** Whether a tensor has the values of an array of its size, in the array's dtype. */
    boolean equal(FileChannel channel, SafetensorsHeader.Entry tensor, NDArray array) throws IOException {
        try (NDArray flat = array.flatten()) {
            return pieces(channel, tensor, (at, values) -> {
                try (NDArray own = Ops.slice(flat, 0, at, at + values.size());
                        NDArray there = values.toDevice(own.getDevice(), false).toType(own.getDataType(), false)) {
                    return there.contentEquals(own);
                }
            });
        }
    }

    /** Goes through a tensor until a use of it is false; whether none was. */
    private boolean pieces(FileChannel channel, SafetensorsHeader.Entry tensor, Use use) throws IOException {
        DataType dtype = tensor.dtype().equals("F16") ? DataType.FLOAT16 : DataType.FLOAT32;
        boolean goesOn = true;
        for (long at = 0; at < tensor.size() && goesOn; at += PIECE) {
            int count = (int) Math.min(PIECE, tensor.size() - at);
            fill(channel, tensor.from() + at * tensor.width(), count * tensor.width());
            ByteBuffer values = tensor.dtype().equals("BF16") ? widened(count) : raw;
            try (NDArray piece = memory.create(values, new Shape(count), dtype)) {
                goesOn = use.of(at, piece);
            }
        }
        return goesOn;
    }

    private void fill(FileChannel channel, long from, int bytes) throws IOException {
        raw.clear().limit(bytes);
        while (raw.hasRemaining()) {
            if (channel.read(raw, from + raw.position()) < 0) {
                throw new IOException("lies outside the file");
            }
        }
        raw.flip();
    }

    /** bfloat16 is the upper half of a float32; DJL's engine aborts the JVM when it is handed one. */
    private ByteBuffer widened(int count) {
        wide.clear();
        for (int i = 0; i < count; i++) {
            wide.putInt(raw.getShort() << 16);
        }
        return wide.flip();
    }

    /** An infinity of the file stays one; a finite value never becomes one. */
    private static void requireHalf(FloatBuffer values) throws IOException {
        while (values.hasRemaining()) {
            float value = values.get();
            if (Math.abs(value) > MOST_HALF && !Float.isInfinite(value)) {
                throw new IOException("holds " + value + ", and float16 holds no more than " + (int) MOST_HALF);
            }
        }
    }

    @Override
    public void close() {
        memory.close();
    }
}
