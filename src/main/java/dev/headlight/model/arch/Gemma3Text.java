package dev.headlight.model.arch;

import dev.headlight.model.HookedModel;
import dev.headlight.model.ModelInfo;
import dev.headlight.model.checkpoint.Config;
import dev.headlight.model.checkpoint.Weights;
import dev.headlight.model.fault.ModelRefused;
import dev.headlight.model.part.Rotary;
import dev.headlight.model.part.Scoring;

/**
 * The language model of Gemma 3, as Transformers' {@code Gemma3ForCausalLM}: normalised queries and keys, and in five of
 * six layers a sliding window with another rotation.
 *
 * @see <a href="https://arxiv.org/abs/2503.19786">Kamath et al., 2025</a>
 */
final class Gemma3Text implements Architecture {
    private static final int PERIOD = 6;

    @Override
    public String modelType() {
        return "gemma3_text";
    }

    @Override
    public ModelInfo info(Config c) {
        return GemmaParts.info(c, 256);
    }

    @Override
    public HookedModel build(HookedModel.Origin origin, Config c, Weights all) {
        int dHead = origin.info().dHead();
        GemmaParts parts = new GemmaParts(origin.info(), c, all);
        Scoring scoring = Scoring.scaled(1 / Math.sqrt(c.number("query_pre_attn_scalar", 256))); // and no soft cap
        Scoring full = scoring.rotary(rotary(c, "full_attention", dHead, c.number("rope_theta", 1e6)));
        Scoring sliding = scoring.rotary(local(c, dHead)).window(c.sizeOrNull("sliding_window", 4096));
        int period = c.size("sliding_window_pattern", PERIOD);
        boolean bias = c.flag("attention_bias", false);
        return parts.transformer(origin, c.numberOrNull("final_logit_softcapping"), layer -> {
            Weights w = parts.llama().layer(layer);
            boolean slides = LlamaParts.isSliding(c, layer, (layer + 1) % period != 0);
            Weights attn = w.in("self_attn");
            Scoring layerScoring = (slides ? sliding : full)
                    .norms(parts.norm(attn.in("q_norm"), dHead), parts.norm(attn.in("k_norm"), dHead));
            return parts.sandwich(w, parts.llama().attention(attn, layerScoring, bias, bias));
        });
    }

    /** Transformers 5 has one object per type of layer. In version 4, {@code rope_scaling} is that of full attention. */
    private static Rotary rotary(Config c, String type, int dHead, double base) {
        Config all = Rope.parameters(c);
        if (!all.has(type) && !c.has("rope_scaling") && !all.isEmpty()) {
            throw new ModelRefused("config.json: rope_parameters must hold full_attention and sliding_attention");
        }
        return Rope.of(c, all.has(type) ? all.in(type) : all, dHead, Rope.Defaults.whole(base));
    }

    private static Rotary local(Config c, int dHead) {
        double base = c.number("rope_local_base_freq", 10_000);
        return Rope.parameters(c).has("sliding_attention")
                ? rotary(c, "sliding_attention", dHead, base)
                : new Rotary(dHead, base);
    }
}
