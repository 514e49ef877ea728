package dev.headlight.model.arch;

import dev.headlight.model.HookedModel;
import dev.headlight.model.ModelInfo;
import dev.headlight.model.checkpoint.Config;
import dev.headlight.model.checkpoint.Weights;
import dev.headlight.model.fault.ModelRefused;
import dev.headlight.model.part.Embedding;
import dev.headlight.model.part.Transformer;

/**
 * RoBERTa, as Transformers' {@code RobertaForMaskedLM}: BERT whose positions count from {@code pad_token_id} + 1.
 *
 * @see <a href="https://arxiv.org/abs/1907.11692">Liu et al., 2019</a>
 */
final class Roberta implements Architecture {
    @Override
    public String modelType() {
        return "roberta";
    }

    @Override
    public ModelInfo info(Config c) {
        int positions = c.size("max_position_embeddings") - offset(c);
        if (positions < 1) {
            throw new ModelRefused(
                    "config.json: max_position_embeddings must be over " + offset(c) + ", pad_token_id + 1");
        }
        return BertParts.info(c).context(positions).build();
    }

    private static int offset(Config c) {
        return c.count("pad_token_id", 1) + 1;
    }

    @Override
    public HookedModel build(HookedModel.Origin origin, Config c, Weights all) {
        ModelInfo m = origin.info();
        BertParts parts = new BertParts(m, c);
        Weights w = all.under("roberta");
        w.ignoreBelow("pooler"); // a head for another task
        Embedding embedding = parts.embedding(w.in("embeddings"), offset(c));
        Weights head = all.in("lm_head");
        return new Transformer(
                origin,
                embedding,
                parts.blocks(w.in("encoder")),
                parts.unembedding(head, head.in("dense"), "gelu", head.in("layer_norm"), embedding));
    }
}
