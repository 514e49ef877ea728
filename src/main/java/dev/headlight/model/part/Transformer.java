package dev.headlight.model.part;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDScope;
import dev.headlight.model.HookName;
import dev.headlight.model.HookPoints;
import dev.headlight.model.HookedModel;
import dev.headlight.model.Hooks;
import dev.headlight.model.Site;
import dev.headlight.tensor.Ops;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A transformer as a tree of parts: embedding, blocks, unembedding. */
public final class Transformer extends HookedModel {
    private final Embedding embedding;
    private final List<Block> blocks;
    private final Unembedding unembedding;
    private final HookPoints hookPoints;

    public Transformer(Origin origin, Embedding embedding, List<Block> blocks, Unembedding unembedding) {
        super(origin);
        this.embedding = embedding;
        this.blocks = blocks;
        this.unembedding = unembedding;
        Set<Site> once = EnumSet.copyOf(embedding.sites());
        once.addAll(unembedding.sites());
        this.hookPoints = new HookPoints(once, blocks.stream().map(Block::sites).toList());
    }

    @Override
    public HookPoints hookPoints() {
        return hookPoints;
    }

    @Override
    protected NDArray run(NDArray ids, Hooks hooks) {
        return runFrom(0, embed(ids, hooks), hooks);
    }

    @Override
    protected NDArray runFrom(int layer, NDArray resid, Hooks hooks) {
        return unembedding.forward(blocks(resid, layer, blocks.size(), hooks), hooks);
    }

    @Override
    protected void runTo(NDArray ids, Hooks hooks) {
        if (unembedding.sites().stream().anyMatch(site -> hooks.wants(HookName.of(site)))) {
            run(ids, hooks);
        } else {
            blocks(embed(ids, hooks), 0, wantedBlocks(hooks), hooks);
        }
    }

    /** How many blocks hold a wanted hook point, counted from the first. */
    private int wantedBlocks(Hooks hooks) {
        for (int layer = blocks.size() - 1; layer >= 0; layer--) {
            int at = layer;
            if (blocks.get(at).sites().stream().anyMatch(site -> hooks.wants(new HookName(at, site)))) {
                return layer + 1;
            }
        }
        return 0;
    }

    /** The residual stream after the blocks from..to (exclusive). */
    private NDArray blocks(NDArray x, int from, int to, Hooks hooks) {
        Ops.withoutGradients();
        Pass pass = new Pass(hooks, info().causal(), x);
        for (int layer = from; layer < to; layer++) {
            try (NDScope scope = new NDScope()) { // frees what the block made, but for its output and what is captured
                scope.suppressNotUsedWarning();
                x = blocks.get(layer).forward(x, layer, pass);
                NDScope.unregister(x);
            }
        }
        return x;
    }

    private NDArray embed(NDArray ids, Hooks hooks) {
        Ops.withoutGradients();
        return embedding.forward(ids, hooks);
    }

    @Override
    public NDArray valueNorms(int layer, NDArray v) {
        return blocks.get(layer).attention().valueNorms(v);
    }

    @Override
    protected Map<Site, NDArray> joined(int layer, NDArray pre, NDArray attnOut, NDArray mlpOut) {
        return blocks.get(layer).rejoin(pre, attnOut, mlpOut);
    }
}
