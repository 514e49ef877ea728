package dev.headlight.model.part;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import dev.headlight.model.checkpoint.Weights;
import dev.headlight.tensor.Ops;
import dev.headlight.tensor.PackedWeight;
import dev.headlight.tensor.Scratch;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** A linear layer, {@code x W^T + b}. */
public final class Linear {
    private final NDArray weight;
    private final @Nullable NDArray bias;
    private @Nullable PackedWeight packed;

    /**
     * A layer of these weights.
     *
     * @param weight [out, in]
     * @param bias [out]; null for none
     */
    public Linear(NDArray weight, @Nullable NDArray bias) {
        this.weight = weight;
        this.bias = bias;
    }

    /** The weight [out, in]. */
    public NDArray weight() {
        return weight;
    }

    /** The bias [out]; null for none. */
    public @Nullable NDArray bias() {
        return bias;
    }

    /** PyTorch's {@code nn.Linear} with a bias. */
    public static Linear of(Weights w, int in, int out) {
        return of(w, in, out, true);
    }

    /** PyTorch's {@code nn.Linear}, with or without a bias. */
    public static Linear of(Weights w, int in, int out, boolean bias) {
        return new Linear(w.get("weight", out, in), bias ? w.get("bias", out) : null);
    }

    /** Transformers' {@code Conv1D} of GPT-2, which stores its weight transposed. */
    public static Linear conv1d(Weights w, int in, int out) {
        return new Linear(w.get("weight", in, out).transpose(), w.get("bias", out));
    }

    /** Applies the layer: [.., in] to [.., out]. */
    public NDArray apply(NDArray x) {
        PackedWeight layout = packedFor(x);
        return layout == null ? Ops.linear(x, weight, bias) : layout.linear(x);
    }

    /** The packed weight, if it serves this input [.., in]; otherwise null. */
    private @Nullable PackedWeight packedFor(NDArray x) {
        return packed != null && packed.serves(x) ? packed : null;
    }

    /** Number of weights that {@link #pack} packs. */
    long packable(long fewest) {
        return weight.size() >= fewest ? weight.size() : 0;
    }

    /** Adds a copy of the weight in the layout of {@link PackedWeight}, if it has at least {@code fewest} numbers. */
    void pack(long fewest) {
        if (packable(fewest) > 0) {
            packed = PackedWeight.of(weight, bias);
        }
    }

    /** The packed weight [out, in] of one layer with the outputs of several, one after the other; null if it is of no use. */
    static @Nullable PackedWeight joined(List<Linear> layers) {
        try (NDArray weight =
                Scratch.keep(Ops.concat(layers.stream().map(Linear::weight).toList(), 0))) {
            NDArray bias = Ops.concat(layers.stream().map(Linear::biasOrZeros).toList(), 0);
            return PackedWeight.of(weight, Scratch.keep(bias));
        }
    }

    private NDArray biasOrZeros() {
        return bias == null ? weight.getManager().zeros(weight.getShape().slice(0, 1), weight.getDataType()) : bias;
    }

    /**
     * Pulls a direction of the output back to the input: {@code direction W}, multiplied in float32.
     *
     * @param direction [.., out], float64
     * @return [.., in], float64
     */
    NDArray pull(NDArray direction) {
        NDArray narrow = direction.toType(DataType.FLOAT32, false);
        try (WeightViews views = new WeightViews(weight, direction);
                NDArray wide = views.of(WeightViews::whole).toType(DataType.FLOAT32, false)) {
            return narrow.matMul(wide).toType(DataType.FLOAT64, false);
        }
    }

    /** The layer that computes only the outputs from..to (exclusive); a view. */
    public Linear outputs(long from, long to) {
        return new Linear(Ops.slice(weight, 0, from, to), bias == null ? null : Ops.slice(bias, 0, from, to));
    }

    /**
     * The layer that computes only some slots of each group of outputs. An example is the queries of all heads, if
     * query, key and value of each head are stored together. A copy.
     *
     * @param slots number of slots of a group
     * @param width outputs of one slot
     * @param from the first slot
     * @param to the slot after the last
     */
    public Linear slots(int slots, int width, int from, int to) {
        int groups = (int) weight.getShape().get(0) / (slots * width);
        int[] rows = IntStream.range(0, groups)
                .flatMap(group -> IntStream.range(from * width, to * width).map(i -> group * slots * width + i))
                .toArray();
        return new Linear(
                Scratch.keep(() -> Ops.select(weight, 0, rows)),
                bias == null ? null : Scratch.keep(() -> Ops.select(bias, 0, rows)));
    }

    /** Frees the weights, after a copy has replaced them. */
    void close() {
        weight.close();
        if (bias != null) {
            bias.close();
        }
    }
}
