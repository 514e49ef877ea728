package dev.headlight.model.part;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import dev.headlight.model.Weights;
import dev.headlight.tensor.Ops;

/**
 * Layer normalisation over the last axis.
 *
 * @param gain (width)
 * @param bias (width)
 * @see <a href="https://arxiv.org/abs/1607.06450">Ba, Kiros and Hinton, 2016</a>
 */
public record LayerNorm(NDArray gain, NDArray bias, double eps) implements Norm {
    public static LayerNorm of(Weights w, int width, double eps) {
        return new LayerNorm(w.get("weight", width), w.get("bias", width), eps);
    }

    /** One with a gain and no bias. */
    public static LayerNorm unbiased(Weights w, int width, double eps) {
        NDArray gain = w.get("weight", width);
        return new LayerNorm(gain, gain.zerosLike(), eps);
    }

    @Override
    public NDArray apply(NDArray x) {
        return Ops.layerNorm(x, gain, bias, eps);
    }

    @Override
    public NDArray normalized(NDArray x) {
        NDArray wide = Ops.cast(x, DataType.FLOAT32); // the squares of float16 would overflow
        NDArray mean = wide.mean(new int[] {-1}, true);
        NDArray centred = wide.sub(mean);
        NDArray variance = centred.square().mean(new int[] {-1}, true);
        return Ops.cast(centred.div(variance.add(eps).sqrt()), x.getDataType());
    }

    @Override
    public NDArray affine(NDArray normalized) {
        return normalized.mul(gain).add(bias);
    }

    @Override
    public NDArray pullAffine(NDArray direction) {
        return direction.mul(gain);
    }

    /** The mean of the part goes with the part, and the deviation is the whole's. */
    @Override
    public NDArray pullNormalized(NDArray direction, NDArray whole) {
        NDArray wide = whole.toType(DataType.FLOAT64, false);
        NDArray variance = centred(wide).square().mean(new int[] {-1}, true);
        return centred(direction).div(variance.add(eps).sqrt());
    }

    @Override
    public NDArray centred(NDArray x) {
        return x.sub(x.mean(new int[] {-1}, true));
    }

    @Override
    public long width() {
        return gain.size();
    }

    @Override
    public NDArray share(NDArray part, NDArray whole) {
        NDArray variance = whole.sub(whole.mean(new int[] {-1}, true)).square().mean(new int[] {-1}, true);
        NDArray centred = part.sub(part.mean(new int[] {-1}, true));
        return centred.div(variance.add(eps).sqrt()).mul(gain);
    }
}
