package dev.headlight.model.part;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.headlight.model.Qkv;
import dev.headlight.tensor.Ops;
import java.util.ArrayList;
import java.util.List;

/** The inputs and outputs of single attention heads. The forward pass computes them for all heads together. */
record HeadAnalyses(Attention attention) {
    /**
     * The norm of a head's output if it attended to a single key: ‖v W_O‖₂.
     *
     * @param v [batch, position, kv_head, d_head]
     * @return [batch, position, head]
     * @see <a href="https://arxiv.org/abs/2004.10102">Kobayashi et al., 2020</a>
     */
    NDArray valueNorms(NDArray v) {
        List<NDArray> norms = new ArrayList<>();
        for (int head = 0; head < attention.heads(); head++) {
            NDArray one = Ops.slice(v, 2, attention.kvHead(head), attention.kvHead(head) + 1)
                    .squeeze(2);
            try (HeadWeights weights = new HeadWeights(attention, v);
                    NDArray wide = weights.o(head).toType(DataType.FLOAT32, false); // as v is in a model of any dtype
                    NDArray written = Ops.linear(one, wide, null);
                    NDArray squares = written.square()) {
                norms.add(squares.sum(new int[] {-1}).sqrt());
            }
        }
        return Ops.stack(norms, -1);
    }

    /**
     * Queries, keys and values that each read a different input.
     *
     * @param slots [batch, position, slot, d_model], normalised already
     */
    Qkv project(NDArray slots) {
        int heads = attention.heads();
        int kvHeads = attention.kvHeads();
        try (HeadWeights weights = new HeadWeights(attention, slots)) {
            return new Qkv(
                    projected(attention.query(), weights.allQ(), Ops.slice(slots, 2, 0, heads)),
                    projected(attention.key(), weights.allK(), Ops.slice(slots, 2, heads, heads + kvHeads)),
                    projected(
                            attention.value(),
                            weights.allV(),
                            Ops.slice(slots, 2, heads + kvHeads, heads + 2L * kvHeads)));
        }
    }

    /**
     * @param weights [head, d_model, d_head]
     * @param x [batch, position, head, d_model]
     * @return [batch, position, head, d_head]
     */
    private static NDArray projected(Linear linear, NDArray weights, NDArray x) {
        NDArray projected = backToPositions(headFirst(x).matMul(weights), x.getShape());
        return linear.bias() == null ? projected : biased(projected, linear.bias());
    }

    /** @param byHead [batch, position, head, d_head], as the result */
    private static NDArray biased(NDArray byHead, NDArray bias) {
        try (WeightViews views = new WeightViews(bias, byHead)) {
            Shape shape = byHead.getShape();
            return byHead.add(views.of(all -> all.reshape(shape.get(2), shape.get(3))));
        }
    }

    /**
     * The output of each head after W_O, with an equal part of the bias.
     *
     * @param z [batch, position, head, d_head]
     * @return [batch, position, head, d_model], float32
     */
    NDArray headOutputs(NDArray z) {
        try (HeadWeights weights = new HeadWeights(attention, z);
                NDArray wide = weights.allO().toType(DataType.FLOAT32, false)) {
            NDArray written = backToPositions(headFirst(z).matMul(wide), z.getShape());
            NDArray bias = attention.out().bias();
            if (bias == null) {
                return written;
            }
            try (NDArray part = Ops.weightFor(z, bias).div(attention.heads())) {
                return written.add(part);
            }
        }
    }

    /** [batch, position, head, width] to [head, batch * position, width]. */
    private static NDArray headFirst(NDArray x) {
        Shape shape = x.getShape();
        return x.transpose(2, 0, 1, 3).reshape(shape.get(2), shape.get(0) * shape.get(1), shape.get(3));
    }

    /** [head, batch * position, width] to [batch, position, head, width]. */
    private static NDArray backToPositions(NDArray byHead, Shape like) {
        return byHead.reshape(
                        like.get(2), like.get(0), like.get(1), byHead.getShape().get(2))
                .transpose(1, 2, 0, 3);
    }
}
