package dev.headlight.model.part;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.headlight.tensor.Ops;
import dev.headlight.tensor.Scratch;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The OV circuits of heads, W_U W_O W_V W_E, reduced to matrices of the heads' own width: A B and B A have the same
 * eigenvalues except zeros. Every norm (of the embedding, before and after attention, and the final one) counts with its
 * gain and centring at scale 1. The norms that post-norm models apply to the residual stream are left out, as are biases.
 *
 * @see <a href="https://transformer-circuits.pub/2021/framework/index.html">Elhage et al., 2021, copying</a>
 */
final class OvCircuits {
    private static final long ROWS_AT_ONCE = 1 << 13; // of the vocabulary

    private final NDManager memory;
    private final Embedding embedding;
    private final NDArray vocabulary; // W_E^T W_U through the final norm [d_embed, d_model], float64

    OvCircuits(NDManager memory, Embedding embedding, Unembedding unembedding) {
        this.memory = memory;
        this.embedding = embedding;
        this.vocabulary = Scratch.only(() -> {
            NDArray directions =
                    throughVocabulary(embedding.tokens(), unembedding.out().weight());
            if (unembedding.projection() != null) {
                directions = unembedding.projection().pull(directions);
            }
            return pull(unembedding.norm(), directions);
        });
    }

    /** W_E^T W_U, the sum over all tokens of the outer product of their two vectors, [d_embed, width], float64. */
    private NDArray throughVocabulary(NDArray embedded, NDArray read) {
        NDArray like = memory.zeros(new Shape(1));
        NDArray sum = null;
        long tokens = Math.min(embedded.getShape().get(0), read.getShape().get(0));
        for (long from = 0; from < tokens; from += ROWS_AT_ONCE) {
            long to = Math.min(tokens, from + ROWS_AT_ONCE);
            try (NDArray in = copy(like, embedded, from, to);
                    NDArray out = copy(like, read, from, to)) {
                NDArray some = in.transpose(1, 0).matMul(out);
                if (sum == null) {
                    sum = some;
                } else {
                    sum.addi(some);
                    some.close();
                }
            }
        }
        if (sum == null) {
            throw new IllegalStateException("the vocabulary has no tokens");
        }
        return sum.toType(DataType.FLOAT64, false);
    }

    /** @return [head, d_head, d_head], float64 */
    NDArray of(Block block) {
        return Scratch.only(() -> {
            Attention attention = block.attention();
            NDArray read =
                    copy(attention.value().weight()).toType(DataType.FLOAT64, false); // [kv_head * d_head, d_model]
            if (block.layout() != BlockLayout.POST_NORM) {
                read = pull(block.norm1(), read);
            }
            if (embedding.widening() != null) {
                read = embedding.widening().pull(read);
            }
            read = pull(embedding.norm(), read);
            if (embedding.projection() != null) {
                read = embedding.projection().pull(read);
            }
            NDArray written = pull(block.afterAttention(), read.matMul(vocabulary)); // [kv_head * d_head, d_model]
            NDArray out = copy(attention.out().weight()).toType(DataType.FLOAT64, false); // [d_model, head * d_head]
            List<NDArray> heads = new ArrayList<>();
            long width = attention.dHead();
            for (int head = 0; head < attention.heads(); head++) {
                heads.add(HeadWeights.rows(written, attention.kvHead(head), width)
                        .matMul(HeadWeights.columns(out, head, width)));
            }
            return Ops.stack(heads, 0);
        });
    }

    /** A copy of a weight for this computation, float32 in the weight's shape. */
    private NDArray copy(NDArray weight) {
        return copy(vocabulary, weight, 0, weight.getShape().get(0));
    }

    /** A copy of rows from..to (exclusive) of a weight [row, width], float32. */
    private NDArray copy(NDArray like, NDArray weight, long from, long to) {
        try (WeightViews views = new WeightViews(weight, like)) {
            NDArray own = views.of(all -> Ops.slice(all, 0, from, to)).toType(DataType.FLOAT32, true);
            own.attach(memory);
            return own;
        }
    }

    /** Directions of a norm's output as directions of its input, [.., width]. */
    private static NDArray pull(@Nullable Norm norm, NDArray directions) {
        if (norm == null) {
            return directions;
        }
        long width = norm.width();
        NDArray even = directions
                .getManager()
                .arange(0, (int) width, 1, DataType.FLOAT64)
                .expandDims(0);
        return norm.pull(directions, even);
    }
}
