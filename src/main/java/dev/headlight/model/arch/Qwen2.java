package dev.headlight.model.arch;

import dev.headlight.model.HookedModel;
import dev.headlight.model.ModelInfo;
import dev.headlight.model.checkpoint.Config;
import dev.headlight.model.checkpoint.Weights;
import dev.headlight.model.part.Scoring;
import org.jspecify.annotations.Nullable;

/**
 * Qwen2 and 2.5, as Transformers' {@code Qwen2ForCausalLM}: Llama with biases on queries, keys and values, and
 * optionally a sliding window in the upper layers.
 *
 * @see <a href="https://arxiv.org/abs/2407.10671">Yang et al., 2024</a>
 */
final class Qwen2 implements Architecture {
    @Override
    public String modelType() {
        return "qwen2";
    }

    @Override
    public ModelInfo info(Config c) {
        return LlamaParts.info(c).build();
    }

    @Override
    public HookedModel build(HookedModel.Origin origin, Config c, Weights all) {
        LlamaParts parts = new LlamaParts(origin.info(), c, all);
        Scoring scoring = parts.scoring();
        return parts.transformer(
                origin,
                parts.norm(parts.body().in("norm")),
                layer -> {
                    Weights w = parts.layer(layer);
                    return parts.block(
                            w,
                            parts.attention(w.in("self_attn"), scoring.window(window(c, layer)), true, false),
                            parts.mlp(w.in("mlp"), c.string("hidden_act", "silu"), false));
                },
                false);
    }

    static @Nullable Integer window(Config c, int layer) {
        Integer window = c.flag("use_sliding_window", false) ? c.sizeOrNull("sliding_window", 4096) : null;
        return LlamaParts.window(c, layer, window, layer >= c.count("max_window_layers", 28));
    }
}
