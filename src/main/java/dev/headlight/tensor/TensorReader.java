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
 * Reads tensors from a file into arrays and converts their dtype, in pieces of a few MiB, so that no tensor exists
 * twice in memory. One reader serves all tensors of a checkpoint, because buffers allocated between the weights would
 * fragment the native heap.
 */
public final class TensorReader implements AutoCloseable {
    private static final int PIECE = 1 << 20; // values: 4 MiB in float32
    private static final float LARGEST_HALF = 65504; // the largest finite float16

    /** Handles the next piece of a tensor. */
    private interface PieceHandler {
        /**
         * Handles one piece.
         *
         * @param at row-major index of its first value
         * @param values {@code [count]}, float16 or float32, on the CPU; freed afterwards
         * @return whether to go on
         */
        boolean handle(long at, NDArray values) throws IOException;
    }

    private final NDManager memory =
            NDManager.newBaseManager(Device.cpu(), "PyTorch"); // freed at once, unlike direct buffers of Java
    private final ByteBuffer raw = buffer();
    private final ByteBuffer wide = buffer();

    private ByteBuffer buffer() {
        NDArray bytes = memory.create(new Shape(PIECE * Float.BYTES), DataType.INT8);
        return bytes.toByteBuffer(true).order(ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * Fills an array with a tensor's values.
     *
     * @param tensor stored as F32, F16 or BF16
     * @param to {@code [...]}, the tensor's shape; any dtype and device
     * @throws IOException if a finite value does not fit into float16, or the file ends too early; the message continues
     *     "tensor NAME"
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

    /** Compares a tensor's values with those of an array of its size, in the array's dtype. */
    boolean equal(FileChannel channel, SafetensorsHeader.Entry tensor, NDArray array) throws IOException {
        try (NDArray flat = array.flatten()) {
            return pieces(channel, tensor, (at, values) -> {
                try (NDArray expected = Ops.slice(flat, 0, at, at + values.size());
                        NDArray stored =
                                values.toDevice(expected.getDevice(), false).toType(expected.getDataType(), false)) {
                    return stored.contentEquals(expected);
                }
            });
        }
    }

    /** Passes the pieces of a tensor to a handler until it returns false; returns whether it never did. */
    private boolean pieces(FileChannel channel, SafetensorsHeader.Entry tensor, PieceHandler handler)
            throws IOException {
        DataType dtype = tensor.dtype().equals("F16") ? DataType.FLOAT16 : DataType.FLOAT32;
        boolean goesOn = true;
        for (long at = 0; at < tensor.size() && goesOn; at += PIECE) {
            int count = (int) Math.min(PIECE, tensor.size() - at);
            fill(channel, tensor.from() + at * tensor.width(), count * tensor.width());
            ByteBuffer values = tensor.dtype().equals("BF16") ? widened(count) : raw;
            try (NDArray piece = memory.create(values, new Shape(count), dtype)) {
                goesOn = handler.handle(at, piece);
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

    /** Widens bfloat16, the upper half of a float32. DJL's engine aborts the JVM when it gets a bfloat16 buffer. */
    private ByteBuffer widened(int count) {
        wide.clear();
        for (int i = 0; i < count; i++) {
            wide.putInt(raw.getShort() << 16);
        }
        return wide.flip();
    }

    /** Refuses finite values that would overflow to infinity. Infinities in the file are allowed. */
    private static void requireHalf(FloatBuffer values) throws IOException {
        while (values.hasRemaining()) {
            float value = values.get();
            if (Math.abs(value) > LARGEST_HALF && !Float.isInfinite(value)) {
                throw new IOException("holds " + value + "; the largest float16 value is " + (int) LARGEST_HALF);
            }
        }
    }

    @Override
    public void close() {
        memory.close();
    }
}
