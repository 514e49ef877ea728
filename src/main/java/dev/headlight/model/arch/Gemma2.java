package dev.headlight.model.arch;

import dev.headlight.model.HookedModel;
import dev.headlight.model.ModelInfo;
import dev.headlight.model.checkpoint.Config;
import dev.headlight.model.checkpoint.Weights;
import dev.headlight.model.part.Scoring;

/**
 * Gemma 2, as Transformers' {@code Gemma2ForCausalLM}: soft caps, and a sliding window in every other layer.
 *
 * @see <a href="https://arxiv.org/abs/2408.00118">Riviere et al., 2024</a>
 */
final class Gemma2 implements Architecture {
    @Override
    public String modelType() {
        return "gemma2";
    }

    @Override
    public ModelInfo info(Config c) {
        return GemmaParts.info(c, 256);
    }

    @Override
    public HookedModel build(HookedModel.Origin origin, Config c, Weights all) {
        GemmaParts parts = new GemmaParts(origin.info(), c, all);
        Scoring scoring = Scoring.scaled(1 / Math.sqrt(c.number("query_pre_attn_scalar", 256)))
                .rotary(Rope.of(c, origin.info().dHead(), Rope.Defaults.whole(10_000)))
                .softCap(c.numberOrNull("attn_logit_softcapping", 50));
        Integer window = c.sizeOrNull("sliding_window", 4096);
        boolean bias = c.flag("attention_bias", false);
        return parts.transformer(origin, c.numberOrNull("final_logit_softcapping", 30), layer -> {
            Weights w = parts.llama().layer(layer);
            Scoring layerScoring = scoring.window(LlamaParts.window(c, layer, window, layer % 2 == 0));
            return parts.sandwich(w, parts.llama().attention(w.in("self_attn"), layerScoring, bias, bias));
        });
    }
}
