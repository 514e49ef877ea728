package dev.headlight.model.part;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.headlight.tensor.AttentionOps;
import dev.headlight.tensor.Ops;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.function.IntToDoubleFunction;

/**
 * Rotary position embedding (RoPE): the first coordinates of each query and key are rotated in pairs, by angles that are
 * proportional to the position.
 *
 * @param rotated number of rotated coordinates
 * @param interleaved whether a pair is two neighbouring coordinates (GPT-J), or one from each half (GPT-NeoX, Llama)
 * @param base of the geometric series of wavelengths, given the length of the input
 * @param scaling changes the frequencies for longer contexts
 * @param attentionFactor factor of the rotated coordinates
 * @see <a href="https://arxiv.org/abs/2104.09864">Su et al., 2021</a>
 */
public record Rotary(
        int rotated, boolean interleaved, IntToDoubleFunction base, Scaling scaling, double attentionFactor) {
    /** Changes the frequencies of the pairs, for longer contexts. */
    public interface Scaling {
        /** Leaves the frequencies as they are. */
        Scaling NONE = (frequencies, positions) -> frequencies;

        /**
         * Maps the frequencies of all pairs.
         *
         * @param frequencies radians per position, one per pair, as the result
         * @param positions length of the input
         */
        float[] apply(float[] frequencies, int positions);
    }

    /** Plain rotary embedding, without scaling. */
    public Rotary(int rotated, double base) {
        this(rotated, false, positions -> base, Scaling.NONE, 1);
    }

    /** A copy with pairs of neighbouring coordinates, as in GPT-J. */
    public Rotary interleave() {
        return new Rotary(rotated, true, base, scaling, attentionFactor);
    }

    /** Cosines and sines, each [1, position, 1, rotated]. */
    record Table(NDArray cos, NDArray sin) {}

    Table table(NDManager manager, int positions) {
        Shape shape = new Shape(1, positions, 1, rotated);
        return new Table(
                Ops.create(manager, shape, () -> values(manager, positions, Math::cos)),
                Ops.create(manager, shape, () -> values(manager, positions, Math::sin)));
    }

    private float[] values(NDManager manager, int positions, DoubleUnaryOperator wave) {
        float[] perPosition = scaling.apply(frequencies(manager, base.applyAsDouble(positions)), positions);
        float[] values = new float[positions * rotated];
        for (int i = 0; i < values.length; i++) {
            int coordinate = i % rotated;
            int position = i / rotated;
            float angle = position
                    * perPosition[
                            interleaved ? coordinate / 2 : coordinate % perPosition.length]; // rounded, as in PyTorch
            values[i] = (float) (wave.applyAsDouble(angle) * attentionFactor);
        }
        return values;
    }

    /** base^(-2i / rotated), by PyTorch's own power: a difference of one rounding is 1e-4 radians at position 2,000. */
    private float[] frequencies(NDManager manager, double base) {
        float[] exponents = new float[rotated / 2];
        for (int i = 0; i < exponents.length; i++) {
            exponents[i] = 2f * i / rotated;
        }
        float[] frequencies;
        try (NDArray of = manager.create((float) base);
                NDArray power = manager.create(exponents);
                NDArray wavelengths = of.pow(power)) {
            frequencies = wavelengths.toFloatArray();
        }
        for (int i = 0; i < frequencies.length; i++) {
            frequencies[i] = 1 / frequencies[i];
        }
        return frequencies;
    }

    /** Rotates queries or keys, [batch, position, head, d_head] to the same. */
    NDArray rotate(NDArray x, Table table) {
        long width = x.getShape().get(3);
        if (rotated == width) {
            return rotateAll(x, table);
        }
        NDArray turned = rotateAll(Ops.slice(x, 3, 0, rotated), table);
        return Ops.concat(List.of(turned, Ops.slice(x, 3, rotated, width)), 3);
    }

    private NDArray rotateAll(NDArray x, Table table) {
        return interleaved || Ops.differentiates(x)
                ? x.mul(table.cos()).addi(quarterTurn(x).muli(table.sin()))
                : AttentionOps.rotateHalves(x, table.cos(), table.sin());
    }

    /** Maps each pair (a, b) to (-b, a), [batch, position, head, rotated] to the same. */
    private NDArray quarterTurn(NDArray x) {
        long width = x.getShape().get(3);
        if (!interleaved) {
            NDArray second = Ops.slice(x, 3, width / 2, width);
            return Ops.concat(List.of(second.neg(), Ops.slice(x, 3, 0, width / 2)), 3);
        }
        NDArray pairs = x.reshape(x.getShape().slice(0, 3).addAll(new Shape(width / 2, 2)));
        NDArray turned = Ops.concat(List.of(Ops.slice(pairs, 4, 1, 2).neg(), Ops.slice(pairs, 4, 0, 1)), 4);
        return turned.reshape(x.getShape());
    }
}
