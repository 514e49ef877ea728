package dev.headlight.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import org.jspecify.annotations.Nullable;

/**
 * A weight of a linear layer in one of oneDNN's blocked layouts, which a product reads once and in order. PyTorch's own
 * product copies the weight into such a layout for every call.
 *
 * <p>Which layout is the faster one, and for how many rows, differs by processor and by the size of the weight. So it is
 * {@linkplain LayoutTrial tried} once for each size. The result differs from {@link Ops#linear} by rounding.
 *
 * @see <a href="https://uxlfoundation.github.io/oneDNN/dev_guide_inner_product.html">oneDNN, inner product</a>
 * @see <a href="https://uxlfoundation.github.io/oneDNN/dev_guide_convolution.html">oneDNN, convolution</a>
 */
public final class PackedWeight {
    /** Fewer weights are not worth packing: starting oneDNN takes longer than it saves. */
    public static final long SMALLEST = 1 << 18;

    /** The layout of one kind of oneDNN's products. */
    enum Layout {
        /** An inner product. */
        INNER_PRODUCT("pack_linear", "packed_linear", 256),
        /** A convolution with a kernel of one pixel. */
        CONVOLUTION("pack_convolution", "packed_convolution", 32);

        private final String pack;
        private final String multiply;
        private final long typicalRows; // that oneDNN chooses the layout for

        Layout(String pack, String multiply, long typicalRows) {
            this.pack = pack;
            this.multiply = multiply;
            this.typicalRows = typicalRows;
        }

        /** Whether it suits all more rows if it suits the most that are tried: seen up to 1,024. */
        boolean suitsMoreRows() {
            return this == INNER_PRODUCT;
        }

        /** A copy of a weight [out, in] in this layout; its shape is still [out, in], or [out, in, 1, 1]. */
        NDArray pack(NDArray weight) {
            return Aten.constant(pack, weight, Aten.of(weight), Aten.of(typicalRows));
        }

        /** The linear layer [.., in] to [.., out] with a weight in this layout. */
        NDArray linear(NDArray x, NDArray packed, NDArray bias) {
            return Aten.call(multiply, x, Aten.of(x), Aten.of(packed), Aten.of(bias));
        }
    }

    private final long inputs;
    private final LayoutTrial.Result trial;
    private final NDArray weight;
    private final NDArray bias;

    private PackedWeight(NDArray weight, NDArray bias, LayoutTrial.Result trial) {
        this.trial = trial;
        this.weight = Scratch.keep(() -> trial.layout().pack(weight));
        this.inputs = weight.getShape().get(1);
        this.bias = bias;
    }

    /**
     * Packs a copy of a weight. It belongs to the weight's manager.
     *
     * @param weight [out, in], float32 on the CPU
     * @param bias [out]; null for none
     * @return null if PyTorch's own product is the faster one
     */
    public static @Nullable PackedWeight of(NDArray weight, @Nullable NDArray bias) {
        NDArray added = bias == null
                ? Scratch.keep(weight.getManager().zeros(weight.getShape().slice(0, 1), DataType.FLOAT32))
                : bias;
        LayoutTrial.Result trial = LayoutTrial.of(weight, added);
        return trial.isUseful() ? new PackedWeight(weight, added, trial) : null;
    }

    /**
     * Whether {@link #linear} can multiply x [.., in], and is the faster way. It is not for the one row of a decoding step.
     * Dry runs and gradients use the plain weight.
     */
    public boolean serves(NDArray x) {
        if (x instanceof MetaArray || Ops.differentiates(x)) {
            return false;
        }
        return trial.serves(x.size() / inputs);
    }

    /**
     * The linear layer {@code x W^T + b}. No gradients.
     *
     * @param x [.., in], float32
     * @return [.., out]
     */
    public NDArray linear(NDArray x) {
        return trial.layout().linear(x, weight, bias);
    }
}
