package dev.headlight.model.part;

import ai.djl.ndarray.NDArray;
import dev.headlight.model.HookedModel;
import dev.headlight.model.WeightAnalyses;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.HookPoints;
import dev.headlight.model.hook.Hooks;
import dev.headlight.model.hook.KvCache;
import dev.headlight.model.hook.Site;
import dev.headlight.model.schedule.Cancellation;
import dev.headlight.model.schedule.PassScheduler;
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
    private final WeightAnalyses weightAnalyses;

    /** A transformer of these parts, the blocks in order. */
    public Transformer(Origin origin, Embedding embedding, List<Block> blocks, Unembedding unembedding) {
        super(origin);
        this.embedding = embedding;
        this.blocks = blocks;
        this.unembedding = unembedding;
        this.weightAnalyses = new TransformerWeights(origin, embedding, blocks, unembedding);
        Set<Site> once = EnumSet.copyOf(embedding.sites());
        once.addAll(unembedding.sites());
        this.hookPoints = new HookPoints(once, blocks.stream().map(Block::sites).toList());
    }

    @Override
    public HookPoints hookPoints() {
        return hookPoints;
    }

    @Override
    protected NDArray runBlocksInModelDtype(NDArray ids, Hooks hooks, @Nullable KvCache cache) {
        NDArray resid = embed(ids, hooks);
        return blocks(0, blocks.size(), resid, new ForwardPass(hooks, info().causal(), resid, null, cache));
    }

    @Override
    protected NDArray runBlocksInModelDtype(int layer, NDArray resid, Hooks hooks, KvCache.@Nullable Before before) {
        return blocks(layer, blocks.size(), resid, new ForwardPass(hooks, info().causal(), resid, before, null));
    }

    @Override
    protected NDArray unembedInModelDtype(NDArray resid, Hooks hooks) {
        Cancellation.current().check();
        return Scratch.keep(() -> unembedding.forward(resid, hooks));
    }

    @Override
    protected NDArray lensInModelDtype(NDArray resid, boolean normalise) {
        Cancellation.current().check();
        return Scratch.keep(() -> unembedding.read(resid, normalise));
    }

    @Override
    protected void forwardToInModelDtype(NDArray ids, Hooks hooks) {
        if (unembedding.sites().stream().anyMatch(site -> hooks.wants(HookName.of(site)))) {
            unembedInModelDtype(runBlocksInModelDtype(ids, hooks, null), hooks);
        } else {
            NDArray resid = embed(ids, hooks);
            blocks(0, wantedBlocks(hooks), resid, new ForwardPass(hooks, info().causal(), resid, null, null));
        }
    }

    /** The number of blocks, counted from the first, up to the last wanted hook point. */
    private int wantedBlocks(Hooks hooks) {
        for (int layer = blocks.size() - 1; layer >= 0; layer--) {
            int at = layer;
            if (blocks.get(at).sites().stream().anyMatch(site -> hooks.wants(new HookName(at, site)))) {
                return layer + 1;
            }
        }
        return 0;
    }

    /** Runs the blocks from..to (exclusive), [batch, position, d_model] to the same. */
    private NDArray blocks(int from, int to, NDArray x, ForwardPass pass) {
        for (int layer = from; layer < to; layer++) {
            PassScheduler.betweenBlocks();
            NDArray before = x;
            int at = layer;
            pass.checkCancelled();
            x = Scratch.keep(() -> blocks.get(at).forward(before, at, pass));
            pass.blockDone();
            if (layer > from && !isKept(layer, pass.hooks())) {
                before.close();
            }
        }
        return x;
    }

    /** Whether a hook still uses the input of a block after the block has run. */
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
    protected long packableWeights(long fewest) {
        return blocks.stream().mapToLong(block -> block.packable(fewest)).sum();
    }

    @Override
    protected void packWeights(long fewest) {
        blocks.forEach(block -> block.pack(fewest));
    }

    @Override
    protected Map<Site, NDArray> rejoinInModelDtype(int layer, NDArray pre, NDArray attnOut, NDArray mlpOut) {
        return blocks.get(layer).rejoin(pre, attnOut, mlpOut);
    }

    @Override
    public WeightAnalyses weightAnalyses() {
        return weightAnalyses;
    }
}
