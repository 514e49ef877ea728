package dev.headlight.model.part;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import dev.headlight.model.checkpoint.Weights;
import dev.headlight.tensor.Ops;

/**
 * Layer normalisation: subtracts the mean of the last axis and divides by its standard deviation.
 *
 * @param gain [width]
 * @param bias [width]
 * @param eps added to the variance
 * @see <a href="https://arxiv.org/abs/1607.06450">Ba, Kiros and Hinton, 2016</a>
 */
public record LayerNorm(NDArray gain, NDArray bias, double eps) implements Norm {
    /** PyTorch's {@code nn.LayerNorm}, with weights {@code weight} and {@code bias}. */
    public static LayerNorm of(Weights w, int width, double eps) {
        return new LayerNorm(w.get("weight", width), w.get("bias", width), eps);
    }

    /** A layer norm whose checkpoint has a gain and no bias. */
    public static LayerNorm unbiased(Weights w, int width, double eps) {
        NDArray gain = w.get("weight", width);
        return new LayerNorm(gain, gain.zerosLike(), eps);
    }

    @Override
    public NDArray apply(NDArray x) {
        return Ops.layerNorm(x, gain, bias, eps);
    }

    @Override
    public NDArray scale(NDArray whole) {
        return deviation(centred(whole));
    }

    @Override
    public NDArray centred(NDArray x) {
        return x.sub(x.mean(new int[] {-1}, true));
    }

    @Override
    public NDArray normalized(NDArray x) {
        NDArray wide = Ops.cast(x, DataType.FLOAT32); // the squares of float16 would overflow
        NDArray centred = centred(wide); // used twice
        return Ops.cast(centred.div(deviation(centred)), x.getDataType());
    }

    /** [.., width] to [.., 1]. */
    private NDArray deviation(NDArray centred) {
        return centred.square().mean(new int[] {-1}, true).add(eps).sqrt();
    }

    @Override
    public NDArray affine(NDArray normalized) {
        return normalized.mul(gain).add(bias);
    }

    @Override
    public NDArray pullAffine(NDArray direction) {
        return direction.mul(gain);
    }

    @Override
    public long width() {
        return gain.size();
    }
}
