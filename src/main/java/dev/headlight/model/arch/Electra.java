package dev.headlight.model.arch;

import dev.headlight.model.HookedModel;
import dev.headlight.model.ModelInfo;
import dev.headlight.model.checkpoint.Config;
import dev.headlight.model.checkpoint.Weights;
import dev.headlight.model.part.Activation;
import dev.headlight.model.part.Embedding;
import dev.headlight.model.part.Linear;
import dev.headlight.model.part.Transformer;
import dev.headlight.model.part.Unembedding;

/**
 * ELECTRA's generator, as Transformers' {@code ElectraForMaskedLM}: BERT whose embeddings may be narrower than d_model.
 *
 * @see <a href="https://arxiv.org/abs/2003.10555">Clark et al., 2020</a>
 */
final class Electra implements Architecture {
    @Override
    public String modelType() {
        return "electra";
    }

    @Override
    public ModelInfo info(Config c) {
        return BertParts.info(c).dEmbed(c.size("embedding_size", 128)).build();
    }

    @Override
    public HookedModel build(HookedModel.Origin origin, Config c, Weights all) {
        ModelInfo m = origin.info();
        BertParts parts = new BertParts(m, c);
        Weights w = all.under("electra");
        Embedding embedding = parts.embedding(w.in("embeddings"), 0);
        boolean narrow = m.dEmbed() != m.dModel();
        Weights head = all.in("generator_predictions");
        return new Transformer(
                origin,
                embedding.widening(narrow ? Linear.of(w.in("embeddings_project"), m.dEmbed(), m.dModel()) : null),
                parts.blocks(w.in("encoder")),
                Unembedding.of(
                                parts.norm(head.in("LayerNorm"), m.dEmbed()),
                                TiedEmbeddings.unembedding(
                                        c,
                                        all,
                                        "generator_lm_head.weight",
                                        embedding.tokens(),
                                        true,
                                        all.get("generator_lm_head.bias", m.vocabSize())))
                        .transform(new Unembedding.Transform(
                                Linear.of(head.in("dense"), m.dModel(), m.dEmbed()), Activation.of("gelu"))));
    }
}
