package dev.headlight.model.arch;

import dev.headlight.model.HookedModel;
import dev.headlight.model.ModelInfo;
import dev.headlight.model.checkpoint.Config;
import dev.headlight.model.checkpoint.Weights;
import dev.headlight.model.part.Activation;
import dev.headlight.model.part.Attention;
import dev.headlight.model.part.GatedMlp;
import dev.headlight.model.part.Linear;
import dev.headlight.model.part.Scoring;

/**
 * Phi-3 and 4, as Transformers' {@code Phi3ForCausalLM}: Llama with queries, keys and values in one matrix, and gate and
 * up projection in another.
 *
 * @see <a href="https://arxiv.org/abs/2404.14219">Abdin et al., 2024</a>
 */
final class Phi3 implements Architecture {
    @Override
    public String modelType() {
        return "phi3";
    }

    @Override
    public ModelInfo info(Config c) {
        return LlamaParts.info(c).build();
    }

    @Override
    public HookedModel build(HookedModel.Origin origin, Config c, Weights all) {
        ModelInfo m = origin.info();
        LlamaParts parts = new LlamaParts(m, c, all, 1e-5);
        Scoring scoring = parts.scoring(new Rope.Defaults(10_000, 1, true, true, true))
                .window(c.sizeOrNull("sliding_window", null));
        return parts.transformer(
                origin,
                parts.norm(parts.body().in("norm")),
                layer -> {
                    Weights w = parts.layer(layer);
                    return parts.block(w, attention(m, scoring, w.in("self_attn")), mlp(m, c, w.in("mlp")));
                },
                false);
    }

    private static Attention attention(ModelInfo m, Scoring scoring, Weights w) {
        int outputs = (m.nHeads() + 2 * m.nKvHeads()) * m.dHead();
        return Attention.fused(
                m,
                scoring,
                Linear.of(w.in("qkv_proj"), m.dModel(), outputs, false),
                Linear.of(w.in("o_proj"), m.nHeads() * m.dHead(), m.dModel(), false));
    }

    private static GatedMlp mlp(ModelInfo m, Config c, Weights w) {
        Linear both = Linear.of(w.in("gate_up_proj"), m.dModel(), 2 * m.dMlp(), false);
        return new GatedMlp(
                both.outputs(0, m.dMlp()),
                Activation.of(c.string("hidden_act", "silu")),
                both.outputs(m.dMlp(), 2L * m.dMlp()),
                Linear.of(w.in("down_proj"), m.dMlp(), m.dModel(), false));
    }
}
