package dev.headlight.model.arch;

import ai.djl.ndarray.NDArray;
import dev.headlight.model.Config;
import dev.headlight.model.HookedModel;
import dev.headlight.model.ModelInfo;
import dev.headlight.model.ModelRefused;
import dev.headlight.model.Weights;
import dev.headlight.model.part.Activation;
import dev.headlight.model.part.Attention;
import dev.headlight.model.part.Block;
import dev.headlight.model.part.LayerNorm;
import dev.headlight.model.part.Linear;
import dev.headlight.model.part.Mlp;
import dev.headlight.model.part.Residual;
import dev.headlight.model.part.Transformer;
import java.util.List;
import java.util.stream.IntStream;

/**
 * GPT-2, as Transformers' {@code GPT2LMHeadModel}.
 *
 * @see <a href="https://cdn.openai.com/better-language-models/language_models_are_unsupervised_multitask_learners.pdf">Radford et al., 2019</a>
 */
final class Gpt2 implements Architecture {
    @Override
    public String modelType() {
        return "gpt2";
    }

    @Override
    public ModelInfo info(Config c) {
        int d = c.size("n_embd");
        int heads = c.size("n_head");
        if (d % heads != 0) {
            throw new ModelRefused("config.json: n_embd " + d + " is no multiple of n_head " + heads);
        }
        if (c.flag("add_cross_attention", false)) {
            throw new ModelRefused("config.json: add_cross_attention is not implemented");
        }
        return new ModelInfo(
                "gpt2",
                c.size("n_layer"),
                heads,
                heads,
                d,
                d / heads,
                c.size("n_inner", 4 * d),
                c.size("vocab_size"),
                c.size("n_positions"),
                true);
    }

    @Override
    public HookedModel build(HookedModel.Origin origin, Config c, Weights all) {
        ModelInfo m = origin.info();
        Weights w = all.has("transformer.wte.weight") ? all.in("transformer") : all; // the hub's gpt2 has no prefix
        double eps = c.number("layer_norm_epsilon", 1e-5);
        NDArray embedding = w.get("wte.weight", m.vocabSize(), m.dModel());
        List<Block> blocks = IntStream.range(0, m.nLayers())
                .mapToObj(i -> block(m, c, w.in("h." + i), i, eps))
                .toList();
        return new Transformer(
                origin,
                new Transformer.Parts(
                        embedding,
                        w.get("wpe.weight", c.size("n_positions"), m.dModel()),
                        blocks,
                        LayerNorm.of(w.in("ln_f"), m.dModel(), eps),
                        unembedding(m, c, all, embedding)));
    }

    private static Linear unembedding(ModelInfo m, Config c, Weights all, NDArray embedding) {
        if (c.flag("tie_word_embeddings", true)) {
            refuseUntied(m, all, embedding);
            return new Linear(embedding, null);
        }
        return new Linear(all.get("lm_head.weight", m.vocabSize(), m.dModel()), null);
    }

    /** Transformers 4 and 5 disagree on which of two different weights counts. */
    private static void refuseUntied(ModelInfo m, Weights all, NDArray embedding) {
        if (all.has("lm_head.weight")) {
            try (NDArray head = all.get("lm_head.weight", m.vocabSize(), m.dModel())) {
                if (!head.contentEquals(embedding)) {
                    throw new ModelRefused(
                            "weight lm_head.weight differs from wte.weight, and config.json ties the two;"
                                    + " set tie_word_embeddings to false to use it");
                }
            }
        }
    }

    private static Block block(ModelInfo m, Config c, Weights w, int layer, double eps) {
        w.ignore("attn.bias"); // buffers of the causal mask
        w.ignore("attn.masked_bias");
        int d = m.dModel();
        Linear qkv = Linear.conv1d(w.in("attn.c_attn"), d, 3 * d);
        Attention attention =
                Attention.fused(m.nHeads(), scale(m, c, layer), qkv, Linear.conv1d(w.in("attn.c_proj"), d, d));
        Mlp mlp = new Mlp(
                Linear.conv1d(w.in("mlp.c_fc"), d, m.dMlp()),
                Activation.of(c.string("activation_function", "gelu_new")),
                Linear.conv1d(w.in("mlp.c_proj"), m.dMlp(), d));
        return new Block(
                Residual.PRE_NORM,
                LayerNorm.of(w.in("ln_1"), d, eps),
                attention,
                LayerNorm.of(w.in("ln_2"), d, eps),
                mlp);
    }

    private static double scale(ModelInfo m, Config c, int layer) {
        double scale = c.flag("scale_attn_weights", true) ? 1 / Math.sqrt(m.dHead()) : 1;
        return c.flag("scale_attn_by_inverse_layer_idx", false) ? scale / (layer + 1) : scale;
    }
}
