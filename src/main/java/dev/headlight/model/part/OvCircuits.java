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
 * The OV circuits of heads, W_U W_O W_V W_E, folded to the width of a head: A B and B A have the same eigenvalues but for
 * zeros. Every norm is its gain and its centring at scale 1: the embedding's, the block's before attention and behind it,
 * and the final one; those that the stream goes through between blocks in post-norm models are left out, and so are
 * biases.
 *
 * @see <a href="https://transformer-circuits.pub/2021/framework/index.html">Elhage et al., 2021, copying</a>
 */
final class OvCircuits {
    private static final long ROWS_AT_ONCE = 1 << 13; // of the vocabulary

    private final NDManager memory;
    private final Embedding embedding;
    private final NDArray vocabulary; // W_E^T W_U behind the final norm (d_embed, d_model), float64

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

    /** The sum over all tokens of what each is embedded as and read by, (d_embed, width). */
    private NDArray throughVocabulary(NDArray embedded, NDArray read) {
        NDArray like = memory.zeros(new Shape(1));
        NDArray sum = null;
        long tokens = Math.min(embedded.getShape().get(0), read.getShape().get(0));
        for (long from = 0; from < tokens; from += ROWS_AT_ONCE) {
            long to = Math.min(tokens, from + ROWS_AT_ONCE);
            try (NDArray in = copy(Ops.slice(Ops.beside(like, embedded), 0, from, to));
                    NDArray out = copy(Ops.slice(Ops.beside(like, read), 0, from, to))) {
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
            throw new IllegalStateException("a vocabulary of no tokens");
        }
        return sum.toType(DataType.FLOAT64, false);
    }

    /** Of a view of a weight: what is made of a weight belongs to the model's memory, and would stay there. */
    private NDArray copy(NDArray view) {
        try (view) {
            NDArray own = view.toType(DataType.FLOAT32, true);
            own.attach(memory);
            return own;
        }
    }

    /** @return (head, d_head, d_head), float64 */
    NDArray of(Block block) {
        return Scratch.only(() -> {
            Attention attention = block.attention();
            NDArray read =
                    whole(attention.value().weight()).toType(DataType.FLOAT64, false); // (kv head · d_head, d_model)
            if (block.residual() != Residual.POST_NORM) {
                read = pull(block.norm1(), read);
            }
            if (embedding.widening() != null) {
                read = embedding.widening().pull(read);
            }
            read = pull(embedding.norm(), read);
            if (embedding.projection() != null) {
                read = embedding.projection().pull(read);
            }
            NDArray written = pull(block.afterAttention(), read.matMul(vocabulary)); // (kv head · d_head, d_model)
            NDArray out = whole(attention.out().weight()).toType(DataType.FLOAT64, false); // (d_model, head · d_head)
            List<NDArray> heads = new ArrayList<>();
            long width = out.getShape().get(1) / attention.heads();
            for (int head = 0; head < attention.heads(); head++) {
                long kv = head / (attention.heads() / attention.kvHeads());
                heads.add(Ops.slice(written, 0, kv * width, (kv + 1) * width)
                        .matMul(Ops.slice(out, 1, head * width, (head + 1) * width)));
            }
            return Ops.stack(heads, 0);
        });
    }

    private NDArray whole(NDArray weight) {
        return copy(Ops.slice(
                Ops.beside(vocabulary, weight), 0, 0, weight.getShape().get(0)));
    }

    /** Directions behind a norm as directions before it. */
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
