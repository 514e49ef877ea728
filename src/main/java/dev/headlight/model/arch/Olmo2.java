package dev.headlight.model.arch;

import dev.headlight.model.HookedModel;
import dev.headlight.model.ModelInfo;
import dev.headlight.model.checkpoint.Config;
import dev.headlight.model.checkpoint.Weights;
import dev.headlight.model.part.Attention;
import dev.headlight.model.part.Block;
import dev.headlight.model.part.BlockLayout;
import dev.headlight.model.part.RmsNorm;
import dev.headlight.model.part.Scoring;

/**
 * OLMo 2, as Transformers' {@code Olmo2ForCausalLM}: norms after attention and MLP instead of before them, and norms on
 * all queries of a token together and on all its keys.
 *
 * @see <a href="https://arxiv.org/abs/2501.00656">OLMo et al., 2024</a>
 */
final class Olmo2 implements Architecture {
    @Override
    public String modelType() {
        return "olmo2";
    }

    @Override
    public ModelInfo info(Config c) {
        return LlamaParts.info(c).build();
    }

    @Override
    public HookedModel build(HookedModel.Origin origin, Config c, Weights all) {
        LlamaParts parts = new LlamaParts(origin.info(), c, all, 1e-5);
        return parts.transformer(
                origin,
                parts.norm(parts.body().in("norm")),
                layer -> {
                    Weights w = parts.layer(layer);
                    return new Block(
                            BlockLayout.PRE_NORM,
                            null,
                            attention(origin.info(), c, parts, w.in("self_attn")),
                            parts.norm(w.in("post_attention_layernorm")),
                            null,
                            parts.mlp(w.in("mlp"), c.string("hidden_act", "silu"), false),
                            parts.norm(w.in("post_feedforward_layernorm")));
                },
                false);
    }

    private static Attention attention(ModelInfo m, Config c, LlamaParts parts, Weights w) {
        Scoring scoring = parts.scoring()
                .norms(
                        RmsNorm.of(w.in("q_norm"), m.nHeads() * m.dHead(), parts.eps()),
                        RmsNorm.of(w.in("k_norm"), m.nKvHeads() * m.dHead(), parts.eps()));
        boolean bias = c.flag("attention_bias", false);
        return parts.attention(w, scoring, bias, bias);
    }
}
