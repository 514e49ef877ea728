package dev.headlight.model.arch;

import dev.headlight.model.HookedModel;
import dev.headlight.model.ModelInfo;
import dev.headlight.model.checkpoint.Config;
import dev.headlight.model.checkpoint.Weights;
import dev.headlight.model.part.Scoring;

/**
 * Mistral, as Transformers' {@code MistralForCausalLM}: Llama with a sliding window.
 *
 * @see <a href="https://arxiv.org/abs/2310.06825">Jiang et al., 2023</a>
 */
final class Mistral implements Architecture {
    @Override
    public String modelType() {
        return "mistral";
    }

    @Override
    public ModelInfo info(Config c) {
        return LlamaParts.info(c).build();
    }

    @Override
    public HookedModel build(HookedModel.Origin origin, Config c, Weights all) {
        LlamaParts parts = new LlamaParts(origin.info(), c, all);
        Scoring scoring = parts.scoring();
        Integer window = c.sizeOrNull("sliding_window", 4096);
        return parts.transformer(
                origin,
                parts.norm(parts.body().in("norm")),
                layer -> {
                    Weights w = parts.layer(layer);
                    return parts.block(
                            w,
                            parts.attention(
                                    w.in("self_attn"),
                                    scoring.window(LlamaParts.window(c, layer, window, true)),
                                    false,
                                    false),
                            parts.mlp(w.in("mlp"), c.string("hidden_act", "silu"), false));
                },
                false);
    }
}
