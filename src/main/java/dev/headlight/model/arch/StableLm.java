package dev.headlight.model.arch;

import dev.headlight.model.HookedModel;
import dev.headlight.model.ModelInfo;
import dev.headlight.model.checkpoint.Config;
import dev.headlight.model.checkpoint.Weights;
import dev.headlight.model.part.Block;
import dev.headlight.model.part.BlockLayout;
import dev.headlight.model.part.LayerNorm;
import dev.headlight.model.part.Norm;
import dev.headlight.model.part.Scoring;

/**
 * StableLM, as Transformers' {@code StableLmForCausalLM}: Llama with layer norms, a quarter of each head rotated, and
 * optionally parallel attention and MLP.
 *
 * @see <a href="https://arxiv.org/abs/2402.17834">Bellagente et al., 2024</a>
 */
final class StableLm implements Architecture {
    @Override
    public String modelType() {
        return "stablelm";
    }

    @Override
    public ModelInfo info(Config c) {
        c.refuse("qk_layernorm");
        return LlamaParts.info(c).build();
    }

    @Override
    public HookedModel build(HookedModel.Origin origin, Config c, Weights all) {
        ModelInfo m = origin.info();
        LlamaParts parts = new LlamaParts(m, c, all);
        double eps = c.number("layer_norm_eps", 1e-5);
        boolean parallel = c.flag("use_parallel_residual", false);
        Scoring scoring = parts.scoring(Rope.Defaults.part(10_000, 0.25));
        return parts.transformer(
                origin,
                LayerNorm.of(parts.body().in("norm"), m.dModel(), eps),
                layer -> {
                    Weights w = parts.layer(layer);
                    Norm norm = LayerNorm.of(w.in("input_layernorm"), m.dModel(), eps);
                    return new Block(
                            parallel ? BlockLayout.PARALLEL : BlockLayout.PRE_NORM,
                            norm,
                            parts.attention(w.in("self_attn"), scoring, c.flag("use_qkv_bias", false), false),
                            parallel ? norm : LayerNorm.of(w.in("post_attention_layernorm"), m.dModel(), eps),
                            parts.mlp(w.in("mlp"), c.string("hidden_act", "silu"), false));
                },
                false);
    }
}
