package dev.headlight.model.part;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.headlight.model.schedule.Cancellation;
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
    private NDArray throughVocabulary(NDArray embeddings, NDArray unembeddings) {
        NDArray like = memory.zeros(new Shape(1));
        NDArray sum = null;
        long tokens =
                Math.min(embeddings.getShape().get(0), unembeddings.getShape().get(0));
        for (long from = 0; from < tokens; from += ROWS_AT_ONCE) {
            Cancellation.current().check();
            long to = Math.min(tokens, from + ROWS_AT_ONCE);
            try (NDArray in = copy(like, embeddings, from, to);
                    NDArray out = copy(like, unembeddings, from, to)) {
                NDArray product = in.transpose(1, 0).matMul(out);
                if (sum == null) {
                    sum = product;
                } else {
                    sum.addi(product);
                    product.close();
                }
            }
        }
        if (sum == null) {
            throw new IllegalStateException("the vocabulary has no tokens");
        }
        return sum.toType(DataType.FLOAT64, false);
    }

    /** The matrices of one block, [head, d_head, d_head], float64. */
    NDArray of(Block block) {
        Cancellation.current().check();
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
            NDArray copied = views.of(all -> Ops.slice(all, 0, from, to)).toType(DataType.FLOAT32, true);
            copied.attach(memory);
            return copied;
        }
    }

    /** Pulls directions [.., width] back through a norm, if there is one, with the same scale for all. */
    private static NDArray pull(@Nullable Norm norm, NDArray directions) {
        if (norm == null) {
            return directions;
        }
        long width = norm.width();
        NDArray anyValue = directions
                .getManager()
                .arange(0, (int) width, 1, DataType.FLOAT64)
                .expandDims(0);
        return norm.pull(directions, anyValue);
    }
}
