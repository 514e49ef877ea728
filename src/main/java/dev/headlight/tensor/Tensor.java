package dev.headlight.tensor;

import ai.djl.ndarray.NDArray;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;

/**
 * A float32 array with named axes. It lives in the native memory of the {@link AnswerMemory} that made it and is
 * readable until that is closed.
 *
 * <p>Values are row-major. They are read as little-endian slices, so a tensor may be larger than the 2^31-1 bytes of one
 * buffer.
 */
public final class Tensor {
    private static final long SLICE = 1 << 26; // elements of one buffer: 256 MiB

    private final List<String> dims;
    private final NDArray values;
    private final long[] shape;

    Tensor(NDArray values, List<String> dims) {
        this.shape = values.getShape().getShape();
        if (dims.size() != shape.length) {
            throw new IllegalStateException("axis names " + dims + " for shape " + Arrays.toString(shape));
        }
        this.values = values;
        this.dims = dims;
    }

    /** Axis names, outermost first, such as {@code [layer, head, query, key]}. */
    public List<String> dims() {
        return dims;
    }

    /** Size of each axis, outermost first. */
    public long[] shape() {
        return shape.clone();
    }

    /** Number of elements. */
    public long size() {
        return size(shape);
    }

    /**
     * Number of elements of a shape.
     *
     * @throws ArithmeticException if it does not fit into a {@code long}
     */
    public static long size(long[] shape) {
        return Arrays.stream(shape).reduce(1, Math::multiplyExact);
    }

    /** The values row-major, as direct buffers of little-endian float32, each at most 256 MiB. */
    Iterable<ByteBuffer> slices() {
        NDArray flat = values.flatten();
        long size = size();
        return () -> new Iterator<>() {
            private long at = 0;

            @Override
            public boolean hasNext() {
                return at < size;
            }

            @Override
            public ByteBuffer next() {
                long end = Math.min(size, at + SLICE);
                NDArray slice = end - at == size ? flat : Ops.slice(flat, 0, at, end);
                at = end;
                return slice.toByteBuffer(true).order(ByteOrder.LITTLE_ENDIAN);
            }
        };
    }

    /** The values row-major as little-endian float32 bytes. */
    public InputStream stream() {
        return new TensorStream(slices().iterator());
    }

    /**
     * One value.
     *
     * @param index row-major, from 0
     */
    public float at(long index) {
        try (NDArray flat = values.flatten();
                NDArray one = Ops.slice(flat, 0, index, index + 1)) {
            return one.toFloatArray()[0];
        }
    }

    /** Copies the values to the Java heap, row-major. Meant for small tensors. */
    public float[] toFloats() {
        return values.toFloatArray();
    }

    /** Reads the values in place, row-major, until the answer's memory is closed. */
    public Values values() {
        List<FloatBuffer> buffers = new ArrayList<>();
        slices().forEach(slice -> buffers.add(slice.asFloatBuffer()));
        return new Values(buffers.toArray(FloatBuffer[]::new));
    }

    /** The values of a tensor, read in place. */
    public static final class Values {
        private final FloatBuffer[] slices;

        private Values(FloatBuffer[] slices) {
            this.slices = slices;
        }

        /**
         * One value.
         *
         * @param index row-major, from 0
         */
        public float at(long index) {
            return slices[(int) (index / SLICE)].get((int) (index % SLICE));
        }
    }
}
