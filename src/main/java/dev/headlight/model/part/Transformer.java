package dev.headlight.model.part;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import dev.headlight.model.HookName;
import dev.headlight.model.HookPoints;
import dev.headlight.model.HookedModel;
import dev.headlight.model.Hooks;
import dev.headlight.model.Site;
import dev.headlight.tensor.Ops;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A transformer as a tree of parts: embedding, blocks, final norm, unembedding. */
public final class Transformer extends HookedModel {
    private static final Set<Site> AFTER_BLOCKS = EnumSet.of(Site.LN_FINAL_NORMALIZED, Site.LN_FINAL, Site.LOGITS);

    private final Parts parts;
    private final HookPoints hookPoints;

    /**
     * @param embedding (vocab, d_model)
     * @param positions learned positions (context, d_model); null where there are none
     * @param finalNorm null where the last block's output is read as it is
     */
    public record Parts(
            NDArray embedding,
            @Nullable NDArray positions,
            List<Block> blocks,
            @Nullable LayerNorm finalNorm,
            Linear unembedding) {}

    public Transformer(Origin origin, Parts parts) {
        super(origin);
        this.parts = parts;
        this.hookPoints = new HookPoints(parts.blocks.size(), sites(parts));
    }

    private static Set<Site> sites(Parts parts) {
        Set<Site> sites = EnumSet.allOf(Site.class);
        if (parts.positions == null) {
            sites.remove(Site.POS_EMBED);
        }
        if (parts.finalNorm == null) {
            sites.removeAll(EnumSet.of(Site.LN_FINAL_NORMALIZED, Site.LN_FINAL));
        }
        return sites;
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
        return unembed(blocks(resid, layer, parts.blocks.size(), hooks), hooks);
    }

    @Override
    protected void runTo(NDArray ids, Hooks hooks) {
        if (AFTER_BLOCKS.stream().anyMatch(site -> hooks.wants(HookName.of(site)))) {
            run(ids, hooks);
        } else {
            blocks(embed(ids, hooks), 0, wantedBlocks(hooks), hooks);
        }
    }

    /** How many blocks hold a wanted hook point, counted from the first. */
    private int wantedBlocks(Hooks hooks) {
        for (int layer = parts.blocks.size() - 1; layer >= 0; layer--) {
            int at = layer;
            if (Arrays.stream(Site.values()).anyMatch(s -> s.perLayer() && hooks.wants(new HookName(at, s)))) {
                return layer + 1;
            }
        }
        return 0;
    }

    /** The residual stream after the blocks from..to (exclusive). */
    private NDArray blocks(NDArray x, int from, int to, Hooks hooks) {
        Ops.withoutGradients();
        NDManager manager = x.getManager();
        Pass pass = new Pass(
                hooks,
                info().causal() ? causalMask(manager, x.getShape().get(1)).toType(x.getDataType(), false) : null);
        for (int layer = from; layer < to; layer++) {
            try (NDScope scope = new NDScope()) { // frees what the block made, but for its output and what is captured
                scope.suppressNotUsedWarning();
                x = parts.blocks.get(layer).forward(x, layer, pass);
                NDScope.unregister(x);
            }
        }
        return x;
    }

    private NDArray embed(NDArray ids, Hooks hooks) {
        Ops.withoutGradients();
        NDArray x = hooks.at(HookName.of(Site.EMBED), Ops.embedding(ids, parts.embedding));
        if (parts.positions == null) {
            return x;
        }
        NDArray at = ids.getManager().arange(0, (int) ids.getShape().get(1), 1, ids.getDataType());
        NDArray positions = Ops.expand(Ops.embedding(at, parts.positions).expandDims(0), x.getShape());
        return x.add(hooks.at(HookName.of(Site.POS_EMBED), positions));
    }

    private NDArray unembed(NDArray x, Hooks hooks) {
        if (parts.finalNorm != null) {
            NDArray normalized = hooks.at(HookName.of(Site.LN_FINAL_NORMALIZED), parts.finalNorm.normalized(x));
            x = hooks.at(HookName.of(Site.LN_FINAL), parts.finalNorm.affine(normalized));
        }
        return hooks.at(HookName.of(Site.LOGITS), parts.unembedding.apply(x));
    }

    /** (query, key): minus infinity above the diagonal. */
    private static NDArray causalMask(NDManager manager, long positions) {
        int n = Math.toIntExact(positions);
        float[] mask = new float[n * n];
        for (int query = 0; query < n; query++) {
            Arrays.fill(mask, query * n + query + 1, (query + 1) * n, Float.NEGATIVE_INFINITY);
        }
        return manager.create(mask, new Shape(n, n));
    }

    @Override
    public NDArray valueNorms(int layer, NDArray v) {
        return parts.blocks.get(layer).attention().valueNorms(v);
    }
}
