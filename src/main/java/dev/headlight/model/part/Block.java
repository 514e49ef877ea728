package dev.headlight.model.part;

import ai.djl.ndarray.NDArray;
import dev.headlight.model.Qkv;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.Site;
import dev.headlight.tensor.Scratch;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One layer: attention and MLP around the residual stream.
 *
 * @param layout the order of norms and additions
 * @param norm1 before attention, or after it in post-norm models; null for none
 * @param afterAttention on the output of attention, before it is added to the stream (Gemma 2, OLMo 2); null for none
 * @param norm2 before the MLP, or after it in post-norm models; null for none
 * @param afterMlp on the output of the MLP, before it is added to the stream; null for none
 */
public record Block(
        BlockLayout layout,
        @Nullable Norm norm1,
        Attention attention,
        @Nullable Norm afterAttention,
        @Nullable Norm norm2,
        FeedForward mlp,
        @Nullable Norm afterMlp) {

    /** A block with two norms, and none on the outputs of attention and MLP. */
    public Block(BlockLayout layout, Norm norm1, Attention attention, Norm norm2, FeedForward mlp) {
        this(layout, norm1, attention, null, norm2, mlp, null);
    }

    /**
     * Runs the block.
     *
     * @param x the residual stream [batch, position, d_model]
     * @return the input of the next block [batch, position, d_model]
     */
    NDArray forward(NDArray x, int layer, ForwardPass pass) {
        NDArray pre = at(Site.RESID_PRE, layer, pass, x);
        NDArray post = switch (layout) {
            case PRE_NORM -> preNorm(pre, layer, pass);
            case POST_NORM -> postNorm(pre, layer, pass);
            case PARALLEL -> parallel(pre, layer, pass);
        };
        return at(Site.RESID_POST, layer, pass, post);
    }

    /** {@code x + attn(norm1(x))}, then the same with the MLP; [batch, position, d_model] to the same. */
    private NDArray preNorm(NDArray x, int layer, ForwardPass pass) {
        NDArray attn = attn(norm1, x, layer, pass);
        NDArray mid = at(Site.RESID_MID, layer, pass, x.add(attn));
        return mid.add(mlp(norm2, mid, layer, pass));
    }

    /** {@code norm1(x + attn(x))}, then the same with the MLP; [batch, position, d_model] to the same. */
    private NDArray postNorm(NDArray x, int layer, ForwardPass pass) {
        NDArray attn = attn(null, x, layer, pass);
        NDArray mid = at(Site.RESID_MID, layer, pass, apply(norm1, x.add(attn)));
        return apply(norm2, mid.add(mlp(null, mid, layer, pass)));
    }

    /** {@code x + attn(norm1(x)) + mlp(norm2(x))}; [batch, position, d_model] to the same. */
    private NDArray parallel(NDArray x, int layer, ForwardPass pass) {
        NDArray normalised = apply(norm1, x);
        NDArray attn = attn(null, normalised, layer, pass);
        NDArray mlp = norm2 == norm1 ? mlp(null, normalised, layer, pass) : mlp(norm2, x, layer, pass);
        return x.add(attn).addi(mlp);
    }

    private NDArray attn(@Nullable Norm before, NDArray x, int layer, ForwardPass pass) {
        NDArray out = Scratch.only(() -> apply(afterAttention, attention.forward(apply(before, x), layer, pass)));
        return at(Site.ATTN_OUT, layer, pass, out);
    }

    private NDArray mlp(@Nullable Norm before, NDArray x, int layer, ForwardPass pass) {
        NDArray out = Scratch.only(() -> apply(afterMlp, mlp.forward(apply(before, x), layer, pass)));
        return at(Site.MLP_OUT, layer, pass, out);
    }

    private static NDArray apply(@Nullable Norm norm, NDArray x) {
        return norm == null ? x : norm.apply(x);
    }

    /**
     * {@code resid_mid}, if the block has it, and {@code resid_post} from their parts, all [batch, position, d_model].
     */
    Map<Site, NDArray> rejoin(NDArray pre, NDArray attnOut, NDArray mlpOut) {
        return switch (layout) {
            case PRE_NORM -> {
                NDArray mid = pre.add(attnOut);
                yield Map.of(Site.RESID_MID, mid, Site.RESID_POST, mid.add(mlpOut));
            }
            case POST_NORM -> {
                NDArray mid = apply(norm1, pre.add(attnOut));
                yield Map.of(Site.RESID_MID, mid, Site.RESID_POST, apply(norm2, mid.add(mlpOut)));
            }
            case PARALLEL -> Map.of(Site.RESID_POST, pre.add(attnOut).add(mlpOut));
        };
    }

    private static NDArray at(Site site, int layer, ForwardPass pass, NDArray value) {
        return pass.hooks().at(new HookName(layer, site), value);
    }

    /** Number of weights that {@link #pack} packs. */
    long packable(long fewest) {
        return attention.packable(fewest)
                + mlp.layers().stream().mapToLong(l -> l.packable(fewest)).sum();
    }

    /** Packs the linear layers with at least {@code fewest} weights. */
    void pack(long fewest) {
        attention.pack(fewest);
        mlp.layers().forEach(layer -> layer.pack(fewest));
    }

    /** The sites of this block's hook points. */
    Set<Site> sites() {
        Set<Site> sites = EnumSet.noneOf(Site.class);
        for (Site site : Site.values()) {
            boolean outsideMlp = site.perLayer() && !site.isWithinMlp() && attention.has(site);
            if (outsideMlp && !(site == Site.RESID_MID && layout == BlockLayout.PARALLEL)) {
                sites.add(site);
            }
        }
        sites.addAll(mlp.sites());
        return sites;
    }

    /** Queries, keys and values that each read a different residual stream, [batch, position, slot, d_model]. */
    Qkv project(NDArray slots) {
        return new HeadAnalyses(attention).project(apply(layout == BlockLayout.POST_NORM ? null : norm1, slots));
    }

    /**
     * The output of each head as it is added to the residual stream: [batch, position, head, d_head] to [batch,
     * position, head, d_model].
     */
    NDArray headOutputs(NDArray z) {
        NDArray written = new HeadAnalyses(attention).headOutputs(z);
        return afterAttention == null
                ? written
                : afterAttention.contribution(written, written.sum(new int[] {2}, true));
    }
}
