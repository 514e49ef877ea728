package dev.headlight.model.part;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.headlight.model.HookedModel;
import dev.headlight.model.LogitContributions;
import dev.headlight.model.Qkv;
import dev.headlight.model.WeightAnalyses;
import dev.headlight.model.hook.ResidualRecorder;
import java.util.List;
import java.util.function.ObjIntConsumer;
import org.jspecify.annotations.Nullable;

/** Analyses of the weights of a {@link Transformer}. */
final class TransformerWeights extends WeightAnalyses {
    private final Embedding embedding;
    private final List<Block> blocks;
    private final Unembedding unembedding;

    TransformerWeights(HookedModel.Origin origin, Embedding embedding, List<Block> blocks, Unembedding unembedding) {
        super(origin.info(), origin.dtype());
        this.embedding = embedding;
        this.blocks = blocks;
        this.unembedding = unembedding;
    }

    @Override
    public NDArray valueNorms(int layer, NDArray v) {
        return new HeadAnalyses(blocks.get(layer).attention()).valueNorms(v);
    }

    @Override
    protected NDArray ovInModelDtype(int layer, int head, NDArray ids) {
        return new HeadCircuits(embedding, blocks.get(layer), unembedding, head).ov(ids);
    }

    @Override
    protected NDArray qkInModelDtype(int layer, int head, NDArray ids) {
        return new HeadCircuits(embedding, blocks.get(layer), unembedding, head).qk(ids);
    }

    @Override
    public boolean streamIsASum() {
        return blocks.stream().noneMatch(block -> block.layout() == BlockLayout.POST_NORM);
    }

    @Override
    protected Qkv projectInModelDtype(int layer, NDArray slots) {
        return blocks.get(layer).project(slots);
    }

    @Override
    public NDArray headOutputs(int layer, NDArray z) {
        return blocks.get(layer).headOutputs(z);
    }

    @Override
    public boolean readsLinearly() {
        return unembedding.transform() == null;
    }

    @Override
    public LogitContributions logitContributions(ResidualRecorder run, int answer, @Nullable Integer foil) {
        return new DirectLogitAttribution(run).of(embedding, blocks, unembedding, answer, foil);
    }

    @Override
    public void ovCircuits(NDManager memory, ObjIntConsumer<NDArray> reader) {
        OvCircuits circuits = new OvCircuits(memory, embedding, unembedding);
        for (int layer = 0; layer < blocks.size(); layer++) {
            try (NDArray matrices = circuits.of(blocks.get(layer))) {
                reader.accept(matrices, layer);
            }
        }
    }
}
