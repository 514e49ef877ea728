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
 * DistilBERT, as Transformers' {@code DistilBertForMaskedLM}: BERT without token types.
 *
 * @see <a href="https://arxiv.org/abs/1910.01108">Sanh et al., 2019</a>
 */
final class DistilBert implements Architecture {
    private static final double EPS = 1e-12; // the config has none

    @Override
    public String modelType() {
        return "distilbert";
    }

    @Override
    public ModelInfo info(Config c) {
        return new ModelInfo.Builder("distilbert")
                .layers(c.size("n_layers"))
                .heads(c.size("n_heads"))
                .dModel(c.size("dim"))
                .dMlp(c.size("hidden_dim"))
                .vocab(c.size("vocab_size"))
                .context(c.size("max_position_embeddings"))
                .bidirectional()
                .build();
    }

    @Override
    public HookedModel build(HookedModel.Origin origin, Config c, Weights all) {
        ModelInfo m = origin.info();
        int d = m.dModel();
        Weights w = all.under("distilbert");
        Weights embeddings = w.in("embeddings");
        embeddings.ignore("position_ids");
        NDArray tokens = embeddings.get("word_embeddings.weight", m.vocabSize(), d);
        int positions = c.size("max_position_embeddings");
        List<Block> blocks = IntStream.range(0, m.nLayers())
                .mapToObj(i -> block(m, c, w.in("transformer.layer." + i)))
                .toList();
        NDArray bias = all.get("vocab_projector.bias", m.vocabSize());
        return new Transformer(
                origin,
                Embedding.of(tokens)
                        .positions(embeddings.get("position_embeddings.weight", positions, d))
                        .norm(LayerNorm.of(embeddings.in("LayerNorm"), d, EPS)),
                blocks,
                Unembedding.of(
                                LayerNorm.of(all.in("vocab_layer_norm"), d, EPS),
                                TiedEmbeddings.unembedding(c, all, "vocab_projector.weight", tokens, true, bias))
                        .transform(new Unembedding.Transform(
                                Linear.of(all.in("vocab_transform"), d, d),
                                Activation.of(c.string("activation", "gelu")))));
    }

    private static Block block(ModelInfo m, Config c, Weights w) {
        int d = m.dModel();
        Attention attention = new Attention(
                m.nHeads(),
                m.nHeads(),
                Scoring.of(m),
                Linear.of(w.in("attention.q_lin"), d, d),
                Linear.of(w.in("attention.k_lin"), d, d),
                Linear.of(w.in("attention.v_lin"), d, d),
                Linear.of(w.in("attention.out_lin"), d, d));
        return new Block(
                BlockLayout.POST_NORM,
                LayerNorm.of(w.in("sa_layer_norm"), d, EPS),
                attention,
                LayerNorm.of(w.in("output_layer_norm"), d, EPS),
                new Mlp(
                        Linear.of(w.in("ffn.lin1"), d, m.dMlp()),
                        Activation.of(c.string("activation", "gelu")),
                        Linear.of(w.in("ffn.lin2"), m.dMlp(), d)));
    }
}
