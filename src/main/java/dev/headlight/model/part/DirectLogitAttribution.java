package dev.headlight.model.part;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.headlight.model.LogitContributions;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.ResidualRecorder;
import dev.headlight.model.hook.Site;
import dev.headlight.model.schedule.Cancellation;
import dev.headlight.tensor.Ops;
import dev.headlight.tensor.Scratch;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Direct logit attribution, from the unembedding down to the embedding. A logit is the dot product of the residual stream
 * with a direction. This direction is pulled back through each norm, whose scale is frozen at that of the run. The
 * contribution of a part is the dot product of its output with the direction at its place.
 *
 * <p>Directions are [batch, position, d_model] and contributions [batch, position], both float64, unless a shape is
 * given.
 *
 * @see <a href="https://transformer-circuits.pub/2021/framework/index.html">Elhage et al., 2021</a>
 */
final class DirectLogitAttribution {
    private final ResidualRecorder run;
    private final Map<HookName, NDArray> interventions = new LinkedHashMap<>();

    DirectLogitAttribution(ResidualRecorder run) {
        this.run = run;
    }

    /** The contribution of the unembedding's biases, and the direction of the last block's output. */
    private record Readout(
            NDArray direction, NDArray bias, @Nullable NDArray uncapped) {}

    /** The contributions of a block, and the direction of its input. */
    private record BlockShares(LogitContributions.Layer layer, NDArray direction) {}

    /** The contributions of the neurons of an MLP [batch, position, neuron], and that of its biases. */
    private record Neurons(NDArray each, NDArray bias) {}

    /**
     * The contributions of all parts.
     *
     * @param foil token whose logit is subtracted; null for none
     */
    LogitContributions of(
            Embedding embedding, List<Block> blocks, Unembedding unembedding, int answer, @Nullable Integer foil) {
        Readout readout = readout(unembedding, seen(blocks.size() - 1, Site.RESID_POST), answer, foil);
        NDArray direction = readout.direction;
        List<LogitContributions.Layer> layers = new ArrayList<>();
        for (int layer = blocks.size() - 1; layer >= 0; layer--) {
            Cancellation.current().check();
            BlockShares shares = blockShares(blocks.get(layer), layer, direction);
            layers.add(shares.layer);
            direction = shares.direction;
        }
        Collections.reverse(layers);
        return embedded(embedding, direction, layers, readout);
    }

    private Readout readout(Unembedding u, NDArray top, int answer, @Nullable Integer foil) {
        NDArray row = difference(top, u.out().weight(), answer, foil).mul(u.scale()); // [1, width]
        NDArray constant = u.out().bias() == null
                ? row.sum(new int[] {-1}).zerosLike()
                : difference(top, u.out().bias(), answer, foil).mul(u.scale()).squeeze(-1);
        if (u.projection() != null) {
            constant = constant.add(share(row, u.projection().bias()));
            row = u.projection().pull(row);
        }
        NDArray read = u.norm() == null ? top : run.seen(HookName.of(Site.LN_FINAL));
        NDArray direction = Ops.expand(row.expandDims(0), read.getShape());
        NDArray bias = share(direction, null).add(constant);
        NDArray uncapped = u.softCap() == null ? null : share(direction, read).add(constant);
        if (u.norm() != null) {
            recordIntervention(HookName.of(Site.LN_FINAL), direction);
            bias = bias.add(share(direction, u.norm().bias()));
            NDArray normalized = u.norm().pullAffine(direction);
            recordIntervention(HookName.of(Site.LN_FINAL_NORMALIZED), normalized);
            direction = u.norm().pullNormalized(normalized, top);
        }
        return new Readout(direction, bias, uncapped);
    }

    /** The answer's row of a weight [vocab, width] or bias [vocab] minus the foil's, [1, width]. */
    private static NDArray difference(NDArray like, NDArray weight, int answer, @Nullable Integer foil) {
        long[] ids = foil == null ? new long[] {answer} : new long[] {answer, foil};
        try (WeightViews views = new WeightViews(weight, like)) {
            NDArray table = views.of(all -> all.reshape(all.getShape().get(0), -1));
            NDArray rows = Ops.embedding(like.getManager().create(ids), table).toType(DataType.FLOAT64, false);
            return foil == null ? rows : Ops.slice(rows, 0, 0, 1).sub(Ops.slice(rows, 0, 1, 2));
        }
    }

    private BlockShares blockShares(Block block, int layer, NDArray above) {
        return Scratch.read(() -> {
            BlockShares shares = computeBlockShares(block, layer, above);
            shares.layer.each(Scratch::keep);
            Scratch.keep(shares.direction);
            return shares;
        });
    }

    private BlockShares computeBlockShares(Block block, int layer, NDArray above) {
        boolean normed = block.layout() == BlockLayout.POST_NORM;
        NDArray direction = above;
        NDArray normBias = share(direction, null);
        recordIntervention(new HookName(layer, Site.RESID_POST), direction);
        if (normed && block.norm2() != null) {
            normBias = normBias.add(share(direction, block.norm2().bias()));
            direction = block.norm2().pull(direction, sum(layer, Site.RESID_MID, Site.MLP_OUT));
        }
        recordIntervention(new HookName(layer, Site.MLP_OUT), direction);
        NDArray mlp = share(direction, run.original(new HookName(layer, Site.MLP_OUT)));
        Neurons neurons = run.records(Site.MLP_POST) ? neurons(block, layer, direction) : null;
        if (block.layout() != BlockLayout.PARALLEL) {
            recordIntervention(new HookName(layer, Site.RESID_MID), direction);
        }
        if (normed && block.norm1() != null) {
            normBias = normBias.add(share(direction, block.norm1().bias()));
            direction = block.norm1().pull(direction, sum(layer, Site.RESID_PRE, Site.ATTN_OUT));
        }
        recordIntervention(new HookName(layer, Site.ATTN_OUT), direction);
        LogitContributions.Layer layerShares = withAttention(block, layer, direction, mlp, normBias, neurons);
        recordIntervention(new HookName(layer, Site.RESID_PRE), direction);
        return new BlockShares(layerShares, direction);
    }

    private LogitContributions.Layer withAttention(
            Block block, int layer, NDArray written, NDArray mlp, NDArray normBias, @Nullable Neurons neurons) {
        Attention attention = block.attention();
        NDArray z = seen(layer, Site.Z); // [batch, position, head, d_head]
        Shape shape = z.getShape();
        NDArray flat = z.reshape(shape.get(0), shape.get(1), -1);
        NDArray direction = beforeNorm(block.afterAttention(), attention.out(), written, flat);
        NDArray bias = share(direction, attention.out().bias());
        if (block.afterAttention() != null) {
            bias = bias.add(share(written, block.afterAttention().bias()));
        }
        NDArray headDirections = attention.out().pull(direction).reshape(shape);
        NDArray sources = run.records(Site.PATTERN) ? sources(attention, layer, headDirections) : null;
        return new LogitContributions.Layer(
                share(headDirections, z),
                bias,
                mlp,
                normBias,
                sources,
                neurons == null ? null : neurons.each,
                neurons == null ? null : neurons.bias);
    }

    /**
     * The contributions of each head, split by the position that it attends to.
     *
     * @param headDirections the direction of each head's values [batch, 1, head, d_head]
     * @return [batch, head, key]
     */
    private NDArray sources(Attention attention, int layer, NDArray headDirections) {
        NDArray v = seen(layer, Site.V).toType(DataType.FLOAT64, false); // [batch, key, kv_head, d_head]
        NDArray pattern = seen(layer, Site.PATTERN).squeeze(2); // [batch, head, key]
        long batch = v.getShape().get(0);
        NDArray byGroup = headDirections.reshape(
                batch, attention.kvHeads(), -1, v.getShape().get(3));
        NDArray byKey = byGroup.matMul(v.transpose(0, 2, 3, 1)); // [batch, kv_head, head of it, key]
        return byKey.reshape(pattern.getShape()).mul(pattern);
    }

    private Neurons neurons(Block block, int layer, NDArray written) {
        Linear out = block.mlp().output();
        if (out == null) {
            throw new IllegalStateException("layer " + layer + " has experts"); // a wrong number would look plausible
        }
        NDArray post = seen(layer, Site.MLP_POST);
        NDArray direction = beforeNorm(block.afterMlp(), out, written, post);
        NDArray bias = share(direction, out.bias());
        if (block.afterMlp() != null) {
            bias = bias.add(share(written, block.afterMlp().bias()));
        }
        return new Neurons(out.pull(direction).mul(post), bias);
    }

    /** Pulls a direction back through the norm after a layer, if it has one. */
    private static NDArray beforeNorm(@Nullable Norm norm, Linear out, NDArray direction, NDArray values) {
        if (norm == null) {
            return direction;
        }
        NDArray output = out.apply(values.toType(out.weight().getDataType(), false));
        return norm.pull(direction, output);
    }

    private LogitContributions embedded(
            Embedding embedding, NDArray first, List<LogitContributions.Layer> layers, Readout readout) {
        NDArray direction = first;
        NDArray bias = share(direction, null);
        if (embedding.widening() != null) {
            bias = bias.add(share(direction, embedding.widening().bias()));
            direction = embedding.widening().pull(direction);
        }
        NDArray token = run.seen(HookName.of(Site.EMBED));
        NDArray position = embedding.positions() == null ? null : run.seen(HookName.of(Site.POS_EMBED));
        NDArray type = embedding.tokenType() == null ? null : run.seen(HookName.of(Site.TOKEN_TYPE_EMBED));
        if (embedding.norm() != null) {
            NDArray typed = type == null ? token : token.add(type);
            bias = bias.add(share(direction, embedding.norm().bias()));
            direction = embedding.norm().pull(direction, position == null ? typed : typed.add(position));
        }
        return new LogitContributions(
                share(direction, token),
                share(direction, position),
                share(direction, type),
                bias,
                layers,
                readout.bias,
                interventions,
                readout.uncapped);
    }

    private NDArray seen(int layer, Site site) {
        return run.seen(new HookName(layer, site));
    }

    private NDArray sum(int layer, Site one, Site other) {
        return seen(layer, one).add(seen(layer, other));
    }

    private void recordIntervention(HookName name, NDArray direction) {
        NDArray added = run.added(name);
        if (added != null) {
            interventions.put(name, Scratch.keep(share(direction, added)));
        }
    }

    /** The dot product over the last axis; 0 if {@code value} is null. */
    private static NDArray share(NDArray direction, @Nullable NDArray value) {
        return value == null
                ? direction.sum(new int[] {-1}).zerosLike()
                : direction.mul(value).sum(new int[] {-1});
    }
}
