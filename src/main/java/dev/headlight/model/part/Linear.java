package dev.headlight.model.part;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import dev.headlight.model.Weights;
import dev.headlight.tensor.Ops;
import dev.headlight.tensor.Scratch;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * {@code x W^T + b}.
 *
 * @param weight (out, in)
 * @param bias (out), or null
 */
public record Linear(NDArray weight, @Nullable NDArray bias) {
    /** PyTorch's {@code nn.Linear} with a bias. */
    public static Linear of(Weights w, int in, int out) {
        return of(w, in, out, true);
    }

    /** PyTorch's {@code nn.Linear}. */
    public static Linear of(Weights w, int in, int out, boolean bias) {
        return new Linear(w.get("weight", out, in), bias ? w.get("bias", out) : null);
    }

    /** Transformers' {@code Conv1D}, which keeps (in, out). */
    public static Linear conv1d(Weights w, int in, int out) {
        return new Linear(w.get("weight", in, out).transpose(), w.get("bias", out));
    }

    /** @param x (..., in) */
    public NDArray apply(NDArray x) {
        return Ops.linear(x, weight, bias);
    }

    /**
     * Which direction of the input is this one of the output.
     *
     * @param direction (…, out), float64; the result is (…, in), float64, multiplied in float32
     */
    NDArray pull(NDArray direction) {
        NDArray narrow = direction.toType(DataType.FLOAT32, false);
        // a view of a weight belongs to the model's memory, and would stay there with it
        try (NDArray own = Ops.slice(
                        Ops.beside(direction, weight), 0, 0, weight.getShape().get(0));
                NDArray wide = own.toType(DataType.FLOAT32, false)) {
            return narrow.matMul(wide).toType(DataType.FLOAT64, false);
        }
    }

    /** The outputs from..to (exclusive) alone; a view. */
    public Linear outputs(long from, long to) {
        return new Linear(Ops.slice(weight, 0, from, to), bias == null ? null : Ops.slice(bias, 0, from, to));
    }

    /**
     * Some slots of outputs that are kept in groups of slots, such as the queries of heads whose query, key and value
     * stand together; a copy.
     *
     * @param slots how many a group has
     * @param width outputs of one slot
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

    /** Frees the weights, of which a copy is used instead. */
    void close() {
        weight.close();
        if (bias != null) {
            bias.close();
        }
    }
}
