package dev.headlight.model.arch;

import dev.headlight.model.HookedModel;
import dev.headlight.model.ModelInfo;
import dev.headlight.model.checkpoint.Config;
import dev.headlight.model.checkpoint.Weights;
import dev.headlight.model.part.Attention;
import dev.headlight.model.part.RmsNorm;
import dev.headlight.model.part.Scoring;
import org.jspecify.annotations.Nullable;

/**
 * Qwen3, as Transformers' {@code Qwen3ForCausalLM}: queries and keys are normalised in each head.
 *
 * @see <a href="https://arxiv.org/abs/2505.09388">Yang et al., 2025</a>
 */
final class Qwen3 implements Architecture {
    @Override
    public String modelType() {
        return "qwen3";
    }

    @Override
    public ModelInfo info(Config c) {
        return LlamaParts.info(c).dHead(c.size("head_dim", 128)).build(); // independent of d_model
    }

    @Override
    public HookedModel build(HookedModel.Origin origin, Config c, Weights all) {
        LlamaParts parts = new LlamaParts(origin.info(), c, all);
        return parts.transformer(
                origin,
                parts.norm(parts.body().in("norm")),
                layer -> {
                    Weights w = parts.layer(layer);
                    return parts.block(
                            w,
                            attention(origin.info(), c, parts, w.in("self_attn"), Qwen2.window(c, layer)),
                            parts.mlp(w.in("mlp"), c.string("hidden_act", "silu"), false));
                },
                false);
    }

    static Attention attention(ModelInfo m, Config c, LlamaParts parts, Weights w, @Nullable Integer window) {
        Scoring scoring = parts.scoring()
                .window(window)
                .norms(
                        RmsNorm.of(w.in("q_norm"), m.dHead(), parts.eps()),
                        RmsNorm.of(w.in("k_norm"), m.dHead(), parts.eps()));
        boolean bias = c.flag("attention_bias", false);
        return parts.attention(w, scoring, bias, bias);
    }
}
