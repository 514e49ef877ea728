package dev.headlight.model.arch;

import dev.headlight.model.HookedModel;
import dev.headlight.model.ModelInfo;
import dev.headlight.model.checkpoint.Config;
import dev.headlight.model.checkpoint.Weights;
import dev.headlight.model.part.Block;
import dev.headlight.model.part.BlockLayout;
import dev.headlight.model.part.Embedding;
import dev.headlight.model.part.ResidualScale;
import dev.headlight.model.part.Scoring;
import dev.headlight.model.part.Transformer;

/**
 * Granite 3, as Transformers' {@code GraniteForCausalLM}: Llama with constant factors on the embeddings, the scores,
 * the outputs of attention and MLP, and the logits.
 *
 * @see <a href="https://arxiv.org/abs/2408.13359">Shen et al., 2024, for the constants</a>
 */
final class Granite implements Architecture {
    @Override
    public String modelType() {
        return "granite";
    }

    @Override
    public ModelInfo info(Config c) {
        return LlamaParts.info(c).build();
    }

    @Override
    public HookedModel build(HookedModel.Origin origin, Config c, Weights all) {
        ModelInfo m = origin.info();
        LlamaParts parts = new LlamaParts(m, c, all);
        Scoring scoring = Scoring.scaled(c.number("attention_multiplier", 1))
                .rotary(Rope.of(c, m.dHead(), Rope.Defaults.whole(10_000)));
        ResidualScale residual = new ResidualScale(c.number("residual_multiplier", 1), m.dModel());
        boolean bias = c.flag("attention_bias", false);
        Embedding embedding = parts.embedding(false).scale(c.number("embedding_multiplier", 1));
        return new Transformer(
                origin,
                embedding,
                parts.blocks(layer -> {
                    Weights w = parts.layer(layer);
                    return new Block(
                            BlockLayout.PRE_NORM,
                            parts.norm(w.in("input_layernorm")),
                            parts.attention(w.in("self_attn"), scoring, bias, bias),
                            residual,
                            parts.norm(w.in("post_attention_layernorm")),
                            parts.mlp(w.in("mlp"), c.string("hidden_act", "silu"), c.flag("mlp_bias", false)),
                            residual);
                }),
                parts.unembedding(embedding, parts.norm(parts.body().in("norm")), false)
                        .scale(1 / c.number("logits_scaling", 1)));
    }
}
