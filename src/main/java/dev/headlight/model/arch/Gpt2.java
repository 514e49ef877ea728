package dev.headlight.model.arch;

import ai.djl.ndarray.NDArray;
import dev.headlight.model.HookedModel;
import dev.headlight.model.ModelInfo;
import dev.headlight.model.checkpoint.Config;
import dev.headlight.model.checkpoint.Weights;
import dev.headlight.model.part.Activation;
import dev.headlight.model.part.Attention;
import dev.headlight.model.part.Block;
import dev.headlight.model.part.BlockLayout;
import dev.headlight.model.part.Embedding;
import dev.headlight.model.part.LayerNorm;
import dev.headlight.model.part.Linear;
import dev.headlight.model.part.Mlp;
import dev.headlight.model.part.Scoring;
import dev.headlight.model.part.Transformer;
import dev.headlight.model.part.Unembedding;
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
        c.refuse("add_cross_attention");
        return new ModelInfo.Builder("gpt2")
                .layers(c.size("n_layer"))
                .heads(c.size("n_head"))
                .dModel(d)
                .dMlp(c.size("n_inner", 4 * d))
                .vocab(c.size("vocab_size"))
                .context(c.size("n_positions"))
                .build();
    }

    @Override
    public HookedModel build(HookedModel.Origin origin, Config c, Weights all) {
        ModelInfo m = origin.info();
        Weights w = all.under("transformer"); // the hub's gpt2 has no prefix
        double eps = c.number("layer_norm_epsilon", 1e-5);
        NDArray embedding =
                TiedEmbeddings.embedding(c, w, "wte.weight", all, "lm_head.weight", true, m.vocabSize(), m.dModel());
        List<Block> blocks = IntStream.range(0, m.nLayers())
                .mapToObj(i -> block(m, c, w.in("h." + i), i, eps))
                .toList();
        return new Transformer(
                origin,
                Embedding.of(embedding).positions(w.get("wpe.weight", c.size("n_positions"), m.dModel())),
                blocks,
                Unembedding.of(
                        LayerNorm.of(w.in("ln_f"), m.dModel(), eps),
                        TiedEmbeddings.unembedding(c, all, "lm_head.weight", embedding, true)));
    }

    private static Block block(ModelInfo m, Config c, Weights w, int layer, double eps) {
        w.ignore("attn.bias"); // buffers of the causal mask
        w.ignore("attn.masked_bias");
        int d = m.dModel();
        Linear qkv = Linear.conv1d(w.in("attn.c_attn"), d, 3 * d);
        Scoring scoring = Scoring.scaled(scale(m, c, layer));
        Attention attention = Attention.fused(m, scoring, qkv, Linear.conv1d(w.in("attn.c_proj"), d, d));
        Mlp mlp = new Mlp(
                Linear.conv1d(w.in("mlp.c_fc"), d, m.dMlp()),
                Activation.of(c.string("activation_function", "gelu_new")),
                Linear.conv1d(w.in("mlp.c_proj"), m.dMlp(), d));
        return new Block(
                BlockLayout.PRE_NORM,
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
