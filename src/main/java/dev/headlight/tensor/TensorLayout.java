package dev.headlight.tensor;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The shape and strides of an array. They decide, as in PyTorch, whether a reshape is a view or a copy.
 *
 * @param shape size of each axis
 * @param strides distance in the storage between neighbours along each axis, in elements; 0 for a broadcast axis
 * @see <a href="https://docs.pytorch.org/docs/stable/tensor_view.html">PyTorch's tensor views</a>
 */
record TensorLayout(long[] shape, long[] strides) {

    /** A contiguous row-major layout. */
    static TensorLayout of(long... shape) {
        long[] strides = new long[shape.length];
        long step = 1;
        for (int i = shape.length - 1; i >= 0; i--) {
            strides[i] = step;
            step *= Math.max(1, shape[i]);
        }
        return new TensorLayout(shape, strides);
    }

    /** Number of elements. */
    long size() {
        return Tensor.size(shape);
    }

    /** The layout of the result of an element-wise operation on this array. */
    TensorLayout ofResult() {
        for (int i = 1; i < strides.length; i++) {
            if (strides[i] > strides[i - 1]) {
                return ofResult(shape, this);
            }
        }
        return of(shape);
    }

    /**
     * The layout of the result of an element-wise operation on several arrays. The first operand that orders two axes
     * decides their order, as in PyTorch's TensorIterator.
     *
     * @param operands layouts expanded to {@code shape}
     */
    static TensorLayout ofResult(long[] shape, TensorLayout... operands) {
        int[] axes = new int[shape.length]; // innermost first
        for (int i = 0; i < axes.length; i++) {
            axes[i] = axes.length - 1 - i;
            int moving = i;
            for (int inner = i - 1; inner >= 0; inner--) {
                int order = order(axes[inner], axes[moving], operands);
                if (order < 0) {
                    break;
                }
                if (order > 0) {
                    int axis = axes[inner];
                    axes[inner] = axes[moving];
                    axes[moving] = axis;
                    moving = inner;
                }
            }
        }
        long[] strides = new long[shape.length];
        long step = 1;
        for (int axis : axes) {
            strides[axis] = step;
            step *= Math.max(1, shape[axis]);
        }
        return new TensorLayout(shape, strides);
    }

    /**
     * Compares two axes: positive if {@code one} is outside {@code other}, negative if inside, 0 if undecided.
     * Broadcast axes decide nothing.
     */
    private static int order(int one, int other, TensorLayout... operands) {
        for (TensorLayout operand : operands) {
            long a = operand.strides[one];
            long b = operand.strides[other];
            if (a != 0 && b != 0 && (a != b || operand.shape[one] > operand.shape[other])) {
                return a < b ? -1 : 1;
            }
        }
        return 0;
    }

    /** The axes in another order. */
    TensorLayout permuted(int... axes) {
        long[] sizes = new long[axes.length];
        long[] steps = new long[axes.length];
        for (int i = 0; i < axes.length; i++) {
            sizes[i] = shape[axes[i]];
            steps[i] = strides[axes[i]];
        }
        return new TensorLayout(sizes, steps);
    }

    /** The same layout with one axis cut to {@code length} elements. */
    TensorLayout shortened(int axis, long length) {
        long[] shorter = shape.clone();
        shorter[axis] = length;
        return new TensorLayout(shorter, strides);
    }

    /** Removes an axis of length 1. */
    TensorLayout squeezed(int axis) {
        return permuted(IntStream.range(0, shape.length).filter(i -> i != axis).toArray());
    }

    /** Inserts an axis of length 1. */
    TensorLayout unsqueezed(int axis) {
        long[] longer = new long[shape.length + 1];
        long[] steps = new long[shape.length + 1];
        long outer = axis < shape.length ? shape[axis] * strides[axis] : 1;
        for (int i = 0; i < longer.length; i++) {
            longer[i] = i == axis ? 1 : shape[i < axis ? i : i - 1];
            steps[i] = i == axis ? outer : strides[i < axis ? i : i - 1];
        }
        return new TensorLayout(longer, steps);
    }

    /** Broadcasts to a larger shape: missing axes and axes of length 1 get stride 0. */
    TensorLayout expanded(long... larger) {
        long[] steps = new long[larger.length];
        int missing = larger.length - shape.length;
        for (int i = missing; i < larger.length; i++) {
            steps[i] = shape[i - missing] == larger[i] ? strides[i - missing] : 0;
        }
        return new TensorLayout(larger, steps);
    }

    /** The layout of a view with another shape; null if the reshape needs a copy. */
    @Nullable
    TensorLayout reshaped(long... other) {
        Deque<long[]> runs = runs();
        long[] steps = new long[other.length];
        long left = 1; // elements of the current run not yet covered by an axis, innermost first
        long step = 1;
        for (int i = other.length - 1; i >= 0; i--) {
            if (other[i] != 1 && left == 1 && !runs.isEmpty()) {
                long[] run = runs.removeLast();
                left = run[0];
                step = run[1];
            }
            if (left % other[i] != 0) {
                return null;
            }
            steps[i] = step;
            step *= other[i];
            left /= other[i];
        }
        return new TensorLayout(other, steps);
    }

    /** Runs of axes that are contiguous in the storage: size and innermost stride of each, outermost first. */
    private Deque<long[]> runs() {
        Deque<long[]> runs = new ArrayDeque<>();
        for (int i = 0; i < shape.length; i++) {
            long[] last = runs.peekLast();
            if (shape[i] == 1) {
                continue;
            }
            if (last != null && last[1] == shape[i] * strides[i]) {
                last[0] *= shape[i];
                last[1] = strides[i];
            } else {
                runs.addLast(new long[] {shape[i], strides[i]});
            }
        }
        return runs;
    }

    /**
     * The common shape of two shapes under broadcasting.
     *
     * @throws IllegalArgumentException if the shapes do not broadcast
     */
    static long[] broadcast(long[] one, long[] other) {
        long[] shape = new long[Math.max(one.length, other.length)];
        for (int i = 1; i <= shape.length; i++) {
            long a = i > one.length ? 1 : one[one.length - i];
            long b = i > other.length ? 1 : other[other.length - i];
            if (a != b && a != 1 && b != 1) {
                throw new IllegalArgumentException(
                        "shapes do not broadcast: " + Arrays.toString(one) + " and " + Arrays.toString(other));
            }
            shape[shape.length - i] = Math.max(a, b);
        }
        return shape;
    }
}
