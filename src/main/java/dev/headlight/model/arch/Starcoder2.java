package dev.headlight.model.arch;

import dev.headlight.model.HookedModel;
import dev.headlight.model.ModelInfo;
import dev.headlight.model.checkpoint.Config;
import dev.headlight.model.checkpoint.Weights;
import dev.headlight.model.part.Activation;
import dev.headlight.model.part.Block;
import dev.headlight.model.part.BlockLayout;
import dev.headlight.model.part.LayerNorm;
import dev.headlight.model.part.Linear;
import dev.headlight.model.part.Mlp;
import dev.headlight.model.part.Scoring;

/**
 * StarCoder 2, as Transformers' {@code Starcoder2ForCausalLM}: Llama with layer norms, biases, a plain MLP, and
 * optionally a sliding window.
 *
 * @see <a href="https://arxiv.org/abs/2402.19173">Lozhkov et al., 2024</a>
 */
final class Starcoder2 implements Architecture {
    @Override
    public String modelType() {
        return "starcoder2";
    }

    @Override
    public ModelInfo info(Config c) {
        return LlamaParts.info(c).build();
    }

    @Override
    public HookedModel build(HookedModel.Origin origin, Config c, Weights all) {
        ModelInfo m = origin.info();
        LlamaParts parts = new LlamaParts(m, c, all);
        Scoring scoring = parts.scoring().window(c.sizeOrNull("sliding_window", null));
        boolean bias = c.flag("use_bias", true);
        return parts.transformer(
                origin,
                norm(m, c, parts.body().in("norm")),
                layer -> {
                    Weights w = parts.layer(layer);
                    return new Block(
                            BlockLayout.PRE_NORM,
                            norm(m, c, w.in("input_layernorm")),
                            parts.attention(w.in("self_attn"), scoring, bias, bias),
                            norm(m, c, w.in("post_attention_layernorm")),
                            new Mlp(
                                    Linear.of(w.in("mlp.c_fc"), m.dModel(), m.dMlp(), bias),
                                    Activation.of(c.string("hidden_act", "gelu_pytorch_tanh")),
                                    Linear.of(w.in("mlp.c_proj"), m.dMlp(), m.dModel(), bias)));
                },
                true);
    }

    private static LayerNorm norm(ModelInfo m, Config c, Weights w) {
        return LayerNorm.of(w, m.dModel(), c.number("norm_epsilon", 1e-5));
    }
}
