package dev.headlight.model.arch;

import ai.djl.ndarray.NDArray;
import dev.headlight.model.HookedModel;
import dev.headlight.model.ModelInfo;
import dev.headlight.model.checkpoint.Config;
import dev.headlight.model.checkpoint.Weights;
import dev.headlight.model.part.Activation;
import dev.headlight.model.part.Alibi;
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
 * BLOOM, as Transformers' {@code BloomForCausalLM}: ALiBi biases on the scores instead of positions, and a norm after
 * the embeddings.
 *
 * @see <a href="https://arxiv.org/abs/2211.05100">Le Scao et al., 2022</a>
 */
final class Bloom implements Architecture {
    @Override
    public String modelType() {
        return "bloom";
    }

    @Override
    public ModelInfo info(Config c) {
        c.refuse("apply_residual_connection_post_layernorm");
        if (c.count("pretraining_tp", 1) > 1) {
            c.refuse("slow_but_exact"); // it leaves out biases if pretraining_tp > 1
        }
        int d = c.size(c.has("hidden_size") ? "hidden_size" : "n_embed");
        return new ModelInfo.Builder("bloom")
                .layers(c.size(c.has("n_layer") ? "n_layer" : "num_hidden_layers"))
                .heads(c.size(c.has("n_head") ? "n_head" : "num_attention_heads"))
                .dModel(d)
                .dMlp(4 * d)
                .vocab(c.size("vocab_size"))
                .build();
    }

    @Override
    public HookedModel build(HookedModel.Origin origin, Config c, Weights all) {
        ModelInfo m = origin.info();
        Weights w = all.under("transformer"); // the hub's smaller ones have no prefix
        double eps = c.number("layer_norm_epsilon", 1e-5);
        NDArray embedding = TiedEmbeddings.embedding(
                c, w, "word_embeddings.weight", all, "lm_head.weight", true, m.vocabSize(), m.dModel());
        float[] slopes = Alibi.slopes(m.nHeads());
        Alibi alibi = new Alibi(m.nHeads(), (head, key, keys) -> slopes[head] * key);
        Scoring scoring = Scoring.of(m).alibi(alibi);
        List<Block> blocks = IntStream.range(0, m.nLayers())
                .mapToObj(i -> block(m, w.in("h." + i), scoring, eps))
                .toList();
        return new Transformer(
                origin,
                Embedding.of(embedding).norm(LayerNorm.of(w.in("word_embeddings_layernorm"), m.dModel(), eps)),
                blocks,
                Unembedding.of(
                        LayerNorm.of(w.in("ln_f"), m.dModel(), eps),
                        TiedEmbeddings.unembedding(c, all, "lm_head.weight", embedding, true)));
    }

    private static Block block(ModelInfo m, Weights w, Scoring scoring, double eps) {
        int d = m.dModel();
        Attention attention = Attention.grouped(
                m,
                scoring,
                Linear.of(w.in("self_attention.query_key_value"), d, 3 * d),
                Linear.of(w.in("self_attention.dense"), d, d));
        return new Block(
                BlockLayout.PRE_NORM,
                LayerNorm.of(w.in("input_layernorm"), d, eps),
                attention,
                LayerNorm.of(w.in("post_attention_layernorm"), d, eps),
                new Mlp(
                        Linear.of(w.in("mlp.dense_h_to_4h"), d, m.dMlp()),
                        Activation.of("gelu_pytorch_tanh"), // the config names none
                        Linear.of(w.in("mlp.dense_4h_to_h"), m.dMlp(), d)));
    }
}
