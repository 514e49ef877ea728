package dev.headlight.model.arch;

import dev.headlight.model.HookedModel;
import dev.headlight.model.ModelInfo;
import dev.headlight.model.checkpoint.Config;
import dev.headlight.model.checkpoint.Weights;
import dev.headlight.model.part.Block;
import dev.headlight.model.part.BlockLayout;
import dev.headlight.model.part.Scoring;

/**
 * Gemma, as Transformers' {@code GemmaForCausalLM}.
 *
 * @see <a href="https://arxiv.org/abs/2403.08295">Mesnard et al., 2024</a>
 */
final class Gemma implements Architecture {
    @Override
    public String modelType() {
        return "gemma";
    }

    @Override
    public ModelInfo info(Config c) {
        return GemmaParts.info(c, 256);
    }

    @Override
    public HookedModel build(HookedModel.Origin origin, Config c, Weights all) {
        GemmaParts parts = new GemmaParts(origin.info(), c, all);
        Scoring scoring = parts.llama().scoring();
        boolean bias = c.flag("attention_bias", false);
        return parts.transformer(origin, null, layer -> {
            Weights w = parts.llama().layer(layer);
            return new Block(
                    BlockLayout.PRE_NORM,
                    parts.norm(w.in("input_layernorm")),
                    parts.llama().attention(w.in("self_attn"), scoring, bias, bias),
                    parts.norm(w.in("post_attention_layernorm")),
                    parts.llama().mlp(w.in("mlp"), activation(c), false));
        });
    }

    /** The config of the first release says gelu; Transformers uses the tanh form. */
    private static String activation(Config c) {
        String name = c.string("hidden_act", "gelu");
        return name.equals("gelu") ? "gelu_pytorch_tanh" : name;
    }
}
