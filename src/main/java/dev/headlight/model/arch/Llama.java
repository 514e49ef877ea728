package dev.headlight.model.arch;

import dev.headlight.model.HookedModel;
import dev.headlight.model.ModelInfo;
import dev.headlight.model.checkpoint.Config;
import dev.headlight.model.checkpoint.Weights;
import dev.headlight.model.part.Scoring;

/**
 * Llama 1 to 3, as Transformers' {@code LlamaForCausalLM}.
 *
 * @see <a href="https://arxiv.org/abs/2302.13971">Touvron et al., 2023</a>
 */
final class Llama implements Architecture {
    @Override
    public String modelType() {
        return "llama";
    }

    @Override
    public ModelInfo info(Config c) {
        return LlamaParts.info(c).build();
    }

    @Override
    public HookedModel build(HookedModel.Origin origin, Config c, Weights all) {
        LlamaParts parts = new LlamaParts(origin.info(), c, all);
        Scoring scoring = parts.scoring();
        boolean bias = c.flag("attention_bias", false);
        return parts.transformer(
                origin,
                parts.norm(parts.body().in("norm")),
                layer -> {
                    Weights w = parts.layer(layer);
                    return parts.block(
                            w,
                            parts.attention(w.in("self_attn"), scoring, bias, bias),
                            parts.mlp(w.in("mlp"), c.string("hidden_act", "silu"), c.flag("mlp_bias", false)));
                },
                false);
    }
}
