package dev.headlight.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
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
    public static final long SMALLEST = 1 << 16;

    private static final long SMALLEST_CONVOLUTION = 1 << 19;
    private static final long FEWEST_ROWS = 8; // fewer read the weight once in PyTorch's product too
    private static final long TYPICAL_ROWS = 32;

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

    private final long inputs;
    private final String method;
    private final NDArray weight; // its shape is still [out, in], or [out, in, 1, 1]
    private final NDArray bias;

    private PackedWeight(NDArray weight, NDArray bias, boolean asConvolution) {
        String pack = asConvolution ? "pack_convolution" : "pack_linear";
        this.weight = Scratch.keep(() -> Aten.call(pack, weight, Aten.of(weight), Aten.of(TYPICAL_ROWS)));
        this.inputs = weight.getShape().get(1);
        this.method = asConvolution ? "packed_convolution" : "packed_linear";
        this.bias = bias;
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

    /** Whether this layout is the faster one for so many rows. It is not for the one row of a decoding step. */
    public boolean isFasterFor(NDArray x) {
        return x.size() >= FEWEST_ROWS * inputs;
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
