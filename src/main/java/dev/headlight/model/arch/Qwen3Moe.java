package dev.headlight.model.arch;

import dev.headlight.model.HookedModel;
import dev.headlight.model.ModelInfo;
import dev.headlight.model.checkpoint.Config;
import dev.headlight.model.checkpoint.Weights;
import dev.headlight.model.part.FeedForward;
import dev.headlight.model.part.GatedMlp;
import dev.headlight.model.part.Linear;
import dev.headlight.model.part.MixtureOfExperts;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Qwen3 with a mixture of experts in some or all layers, as Transformers' {@code Qwen3MoeForCausalLM}.
 *
 * @see <a href="https://arxiv.org/abs/2505.09388">Yang et al., 2025</a>
 */
final class Qwen3Moe implements Architecture {
    @Override
    public String modelType() {
        return "qwen3_moe";
    }

    /** The sizes. If any layer is dense, d_mlp is that of dense layers: only they have hook points inside the MLP. */
    @Override
    public ModelInfo info(Config c) {
        ModelInfo.Builder info = LlamaParts.info(c);
        boolean anyDense = IntStream.range(0, c.size("num_hidden_layers")).anyMatch(layer -> !isSparse(c, layer));
        return info.dMlp(anyDense ? c.size("intermediate_size") : c.size("moe_intermediate_size"))
                .experts(c.size("num_experts", c.size("num_local_experts", 128)), c.size("num_experts_per_tok", 8))
                .build();
    }

    private static boolean isSparse(Config c, int layer) {
        boolean listed = c.has("mlp_only_layers")
                && Arrays.stream(c.numbers("mlp_only_layers")).anyMatch(l -> l == layer);
        return !listed && (layer + 1) % c.size("decoder_sparse_step", 1) == 0;
    }

    @Override
    public HookedModel build(HookedModel.Origin origin, Config c, Weights all) {
        ModelInfo m = origin.info();
        LlamaParts parts = new LlamaParts(m, c, all);
        Integer window = window(c);
        return parts.transformer(
                origin,
                parts.norm(parts.body().in("norm")),
                layer -> {
                    Weights w = parts.layer(layer);
                    return parts.block(
                            w,
                            Qwen3.attention(m, c, parts, w.in("self_attn"), window),
                            feedForward(m, c, parts, w.in("mlp"), layer));
                },
                false);
    }

    private static @Nullable Integer window(Config c) {
        return c.flag("use_sliding_window", false) ? c.sizeOrNull("sliding_window", 4096) : null;
    }

    private static FeedForward feedForward(ModelInfo m, Config c, LlamaParts parts, Weights w, int layer) {
        String activation = c.string("hidden_act", "silu");
        if (!isSparse(c, layer)) {
            return parts.mlp(w, activation, false, c.size("intermediate_size"));
        }
        Experts experts = new Experts(m, c.size("moe_intermediate_size", 768), activation);
        Weights each = w.in("experts");
        List<GatedMlp> all = each.has("gate_up_proj")
                ? experts.stacked(each)
                : experts.separate(each, "gate_proj", "up_proj", "down_proj");
        return new MixtureOfExperts(
                Linear.of(w.in("gate"), m.dModel(), m.nExperts(), false),
                all,
                m.nChosenExperts(),
                c.flag("norm_topk_prob", false));
    }
}
