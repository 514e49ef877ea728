package dev.headlight.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;

/** PyTorch's elementwise non-linearities, which also work on meta arrays. {@code [..]} is any shape. */
public final class Nonlinearities {
    private Nonlinearities() {}

    /** max(x, 0), elementwise, [..] to [..]. */
    public static NDArray relu(NDArray x) {
        return x instanceof MetaArray meta ? meta.newArray(meta.getDataType()) : JniUtils.relu((PtNDArray) x);
    }

    /**
     * GELU with the error function, x Φ(x), elementwise, [..] to [..]: PyTorch's {@code gelu}.
     *
     * @see <a href="https://arxiv.org/abs/1606.08415">Hendrycks and Gimpel, 2016</a>
     */
    public static NDArray gelu(NDArray x) {
        return x instanceof MetaArray meta ? meta.newArray(meta.getDataType()) : JniUtils.gelu((PtNDArray) x);
    }

    /**
     * GELU with tanh, elementwise, [..] to [..]: Transformers' {@code gelu_new}.
     *
     * @see <a href="https://arxiv.org/abs/1606.08415">Hendrycks and Gimpel, 2016, section 2</a>
     */
    public static NDArray geluTanh(NDArray x) {
        if (Ops.differentiates(x)) {
            return Differentiable.geluTanh(x);
        }
        return x instanceof MetaArray meta ? meta.newArray(meta.getDataType()) : Aten.call("gelu_tanh", x, Aten.of(x));
    }

    /** σ(x) = 1 / (1 + exp(-x)), elementwise, [..] to [..]. */
    public static NDArray sigmoid(NDArray x) {
        return x instanceof MetaArray meta ? meta.newArray(meta.getDataType()) : JniUtils.sigmoid((PtNDArray) x);
    }

    /**
     * SiLU or swish, x σ(x), elementwise, [..] to [..]: PyTorch's {@code silu}.
     *
     * @see <a href="https://arxiv.org/abs/1702.03118">Elfwing et al., 2017</a>
     * @see <a href="https://arxiv.org/abs/1710.05941">Ramachandran et al., 2017</a>
     */
    public static NDArray silu(NDArray x) {
        if (Ops.differentiates(x)) {
            return Differentiable.silu(x);
        }
        return x instanceof MetaArray meta ? meta.newArray(meta.getDataType()) : Aten.call("silu", x, Aten.of(x));
    }

    /**
     * Bounds values by ±c: c · tanh(x / c), elementwise, [..] to [..].
     *
     * @see <a href="https://arxiv.org/abs/2408.00118">Riviere et al., 2024, Gemma 2</a>
     */
    public static NDArray softCap(NDArray x, double c) {
        try (NDArray part = Scalars.over(x, c);
                NDArray tanh = part.tanh()) {
            return Scalars.times(tanh, c);
        }
    }
}
