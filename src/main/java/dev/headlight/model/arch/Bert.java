package dev.headlight.model.arch;

import dev.headlight.model.HookedModel;
import dev.headlight.model.ModelInfo;
import dev.headlight.model.checkpoint.Config;
import dev.headlight.model.checkpoint.Weights;
import dev.headlight.model.part.Embedding;
import dev.headlight.model.part.Transformer;

/**
 * BERT, as Transformers' {@code BertForMaskedLM}; every token is of the first type.
 *
 * @see <a href="https://arxiv.org/abs/1810.04805">Devlin et al., 2018</a>
 */
final class Bert implements Architecture {
    @Override
    public String modelType() {
        return "bert";
    }

    @Override
    public ModelInfo info(Config c) {
        return BertParts.info(c).build();
    }

    @Override
    public HookedModel build(HookedModel.Origin origin, Config c, Weights all) {
        ModelInfo m = origin.info();
        BertParts parts = new BertParts(m, c);
        Weights w = all.under("bert");
        w.ignoreBelow("pooler"); // heads for other tasks
        all.ignoreBelow("cls.seq_relationship");
        Embedding embedding = parts.embedding(w.in("embeddings"), 0);
        Weights head = all.in("cls.predictions");
        return new Transformer(
                origin,
                embedding,
                parts.blocks(w.in("encoder")),
                parts.unembedding(
                        head,
                        head.in("transform.dense"),
                        c.string("hidden_act", "gelu"),
                        head.in("transform.LayerNorm"),
                        embedding));
    }
}
