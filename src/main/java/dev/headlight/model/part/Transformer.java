package dev.headlight.model.part;

import ai.djl.ndarray.NDArray;
import dev.headlight.model.HookName;
import dev.headlight.model.HookPoints;
import dev.headlight.model.HookedModel;
import dev.headlight.model.Hooks;
import dev.headlight.model.Past;
import dev.headlight.model.Site;
import dev.headlight.model.WeightReader;
import dev.headlight.tensor.Scratch;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A transformer as a tree of parts: embedding, blocks, unembedding. */
public final class Transformer extends HookedModel {
    private final Embedding embedding;
    private final List<Block> blocks;
    private final Unembedding unembedding;
    private final HookPoints hookPoints;
    private final WeightReader reader;

    public Transformer(Origin origin, Embedding embedding, List<Block> blocks, Unembedding unembedding) {
        super(origin);
        this.embedding = embedding;
        this.blocks = blocks;
        this.unembedding = unembedding;
        this.reader = new TransformerWeights(origin, embedding, blocks, unembedding);
        Set<Site> once = EnumSet.copyOf(embedding.sites());
        once.addAll(unembedding.sites());
        this.hookPoints = new HookPoints(once, blocks.stream().map(Block::sites).toList());
    }

    @Override
    public HookPoints hookPoints() {
        return hookPoints;
    }

    @Override
    protected NDArray run(NDArray ids, Hooks hooks, @Nullable Past past) {
        NDArray resid = embed(ids, hooks);
        return blocks(0, blocks.size(), resid, new Pass(hooks, info().causal(), resid, null, past));
    }

    @Override
    protected NDArray runFrom(int layer, NDArray resid, Hooks hooks, Past.@Nullable Before before) {
        return blocks(layer, blocks.size(), resid, new Pass(hooks, info().causal(), resid, before, null));
    }

    @Override
    protected NDArray readOut(NDArray resid, Hooks hooks) {
        return Scratch.keep(() -> unembedding.forward(resid, hooks));
    }

    @Override
    protected NDArray read(NDArray resid, boolean normalise) {
        return Scratch.keep(() -> unembedding.read(resid, normalise));
    }

    @Override
    protected void runTo(NDArray ids, Hooks hooks) {
        if (unembedding.sites().stream().anyMatch(site -> hooks.wants(HookName.of(site)))) {
            readOut(run(ids, hooks, null), hooks);
        } else {
            NDArray resid = embed(ids, hooks);
            blocks(0, wantedBlocks(hooks), resid, new Pass(hooks, info().causal(), resid, null, null));
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
    private NDArray blocks(int from, int to, NDArray x, Pass pass) {
        for (int layer = from; layer < to; layer++) {
            NDArray before = x;
            int at = layer;
            x = Scratch.keep(() -> blocks.get(at).forward(before, at, pass));
            if (layer > from && !isKept(layer, pass.hooks())) {
                before.close();
            }
        }
        return x;
    }

    /** Whether somebody holds what a block receives from the one before. */
    private static boolean isKept(int layer, Hooks hooks) {
        return hooks.keeps(new HookName(layer, Site.RESID_PRE))
                || hooks.keeps(new HookName(layer - 1, Site.RESID_POST));
    }

    private NDArray embed(NDArray ids, Hooks hooks) {
        return Scratch.keep(() -> embedding.forward(ids, hooks));
    }

    @Override
    public int keys(int layer, int query, int length) {
        Integer window = blocks.get(layer).attention().scoring().window();
        if (!info().causal()) {
            return length;
        }
        return window == null ? query + 1 : Math.min(window, query + 1);
    }

    @Override
    protected Map<Site, NDArray> joined(int layer, NDArray pre, NDArray attnOut, NDArray mlpOut) {
        return blocks.get(layer).rejoin(pre, attnOut, mlpOut);
    }

    @Override
    public WeightReader weightReader() {
        return reader;
    }
}
