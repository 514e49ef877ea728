package dev.headlight.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A weight of a linear layer in oneDNN's blocked layout, in which a product with few rows reads it once and in order.
 * PyTorch's own product copies the weight into such a layout for every call.
 *
 * <p>A large weight is used as a convolution with a kernel of one pixel, whose oneDNN kernels are faster than those of its
 * inner product; a small one as an inner product, which starts faster. The result differs from {@link Ops#linear} by
 * rounding.
 *
 * @see <a href="https://uxlfoundation.github.io/oneDNN/dev_guide_convolution.html">oneDNN, convolution</a>
 */
public final class PackedWeight {
    /** Fewer weights are not worth packing: starting oneDNN takes longer than it saves. */
    public static final long SMALLEST = 1 << 18;

    private static final long SMALLEST_CONVOLUTION = 1 << 19;
    private static final long FEWEST_ROWS = 8; // fewer read the weight once in PyTorch's product too
    private static final long TYPICAL_ROWS = 32;
    private static final long[] TRIED_ROWS = {16, 32, 48, 64, 96, 128, 192, 256};
    private static final double TOO_SLOW = 2; // times PyTorch's product; the wrong layout takes 10 to 100 times as long
    private static final Map<Kernel, Long> MOST_ROWS = new ConcurrentHashMap<>();

    /** What follows the product in the same operation. */
    public enum Step {
        /** Nothing. */
        NONE("none", ""),
        /** max(y, 0). */
        RELU("relu", ""),
        /** GELU with the error function. */
        GELU("gelu", "none"),
        /** GELU with tanh. */
        GELU_TANH("gelu", "tanh"),
        /** SiLU, y σ(y). */
        SILU("swish", "");

        private final Aten.Constant operation;
        private final Aten.Constant algorithm;

        Step(String operation, String algorithm) {
            this.operation = Aten.Constant.of(operation);
            this.algorithm = Aten.Constant.of(algorithm);
        }
    }

    /** Which kernels a product uses, besides the number of its rows. */
    private record Kernel(long inputs, long outputs) {}

    private final long inputs;
    private final long mostRows;
    private final String method;
    private final NDArray weight; // its shape is still [out, in], or [out, in, 1, 1]
    private final NDArray bias;

    private PackedWeight(NDArray weight, NDArray bias, boolean asConvolution) {
        String pack = asConvolution ? "pack_convolution" : "pack_linear";
        this.weight = Scratch.keep(() -> Aten.constant(pack, weight, Aten.of(weight), Aten.of(TYPICAL_ROWS)));
        this.inputs = weight.getShape().get(1);
        this.method = asConvolution ? "packed_convolution" : "packed_linear";
        this.bias = bias;
        this.mostRows =
                MOST_ROWS.computeIfAbsent(new Kernel(inputs, weight.getShape().get(0)), kernel -> mostRows(weight));
    }

    /**
     * The most rows for which oneDNN still has a fast kernel for the layout, which was chosen for few rows. Its kernels
     * differ by processor, so this is tried.
     */
    private long mostRows(NDArray plain) {
        Ops.differentiate(false, plain);
        long most = 0;
        for (long rows : TRIED_ROWS) {
            try (NDArray x = plain.getManager().ones(new Shape(rows, inputs))) {
                double ours = seconds(() -> linear(x, Step.NONE));
                if (ours > TOO_SLOW * seconds(() -> Ops.linear(x, plain, bias))) {
                    return most;
                }
            }
            most = rows;
        }
        return most;
    }

    /** The shorter time of two, after one that compiles the kernel. */
    private static double seconds(Supplier<NDArray> product) {
        double least = Double.MAX_VALUE;
        for (int i = 0; i < 3; i++) {
            long start = System.nanoTime();
            product.get().close();
            least = Math.min(least, (System.nanoTime() - start) / 1e9);
        }
        return least;
    }

    /**
     * Packs a copy of a weight. It belongs to the weight's manager.
     *
     * @param weight [out, in], float32 on the CPU
     * @param bias [out]; null for none
     */
    public static PackedWeight of(NDArray weight, @Nullable NDArray bias) {
        NDArray added = bias == null
                ? Scratch.keep(weight.getManager().zeros(weight.getShape().slice(0, 1), DataType.FLOAT32))
                : bias;
        return new PackedWeight(weight, added, weight.size() >= SMALLEST_CONVOLUTION);
    }

    /**
     * Whether {@link #linear} can multiply x [.., in], and is the faster way. It is not for the one row of a decoding step.
     * Dry runs and gradients use the plain weight.
     */
    public boolean serves(NDArray x) {
        if (x instanceof MetaArray || Ops.differentiates(x)) {
            return false;
        }
        long rows = x.size() / inputs;
        return rows >= FEWEST_ROWS && rows <= mostRows;
    }

    /**
     * The linear layer {@code x W^T + b} and what follows it. No gradients.
     *
     * @param x [.., in], float32
     * @return [.., out]
     */
    public NDArray linear(NDArray x, Step next) {
        return Aten.call(method, x, Aten.of(x), Aten.of(weight), Aten.of(bias), next.operation, next.algorithm);
    }
}
