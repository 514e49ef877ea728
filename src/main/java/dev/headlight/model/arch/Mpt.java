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
 * MPT, as Transformers' {@code MptForCausalLM}: linear layers and norms without biases, and ALiBi on the scores instead
 * of positions.
 *
 * @see <a href="https://www.databricks.com/blog/mpt-7b">MosaicML, 2023</a>
 */
final class Mpt implements Architecture {
    @Override
    public String modelType() {
        return "mpt";
    }

    @Override
    public ModelInfo info(Config c) {
        Config attention = c.in("attn_config");
        attention.refuse("clip_qkv");
        attention.refuse("qk_ln");
        attention.refuse("prefix_lm");
        attention.refuse("attn_uses_sequence_id");
        attention.refuseUnless("attn_type", "multihead_attention");
        attention.refuseUnless("alibi", "true");
        attention.refuseUnless("alibi_bias_max", "8"); // Transformers always uses 8
        c.refuse("logit_scale");
        int d = c.size("d_model");
        return new ModelInfo.Builder("mpt")
                .layers(c.size("n_layers"))
                .heads(c.size("n_heads"))
                .dModel(d)
                .dMlp(4 * d)
                .vocab(c.size("vocab_size"))
                .context(c.size("max_seq_len", 2048))
                .build();
    }

    @Override
    public HookedModel build(HookedModel.Origin origin, Config c, Weights all) {
        ModelInfo m = origin.info();
        Weights w = all.under("transformer");
        double eps = c.number("layer_norm_epsilon", 1e-5);
        NDArray embedding =
                TiedEmbeddings.embedding(c, w, "wte.weight", all, "lm_head.weight", true, m.vocabSize(), m.dModel());
        Config attention = c.in("attn_config");
        float[] slopes = slopes(m.nHeads());
        Alibi alibi = new Alibi(m.nHeads(), (head, key, keys) -> slopes[head] * (key + 1 - keys));
        Scoring scoring = Scoring.scaled(attention.number("softmax_scale", 1 / Math.sqrt(m.dHead())))
                .alibi(alibi);
        List<Block> blocks = IntStream.range(0, m.nLayers())
                .mapToObj(i -> block(m, w.in("blocks." + i), scoring, eps))
                .toList();
        return new Transformer(
                origin,
                Embedding.of(embedding),
                blocks,
                Unembedding.of(
                        LayerNorm.unbiased(w.in("norm_f"), m.dModel(), eps),
                        TiedEmbeddings.unembedding(c, all, "lm_head.weight", embedding, true)));
    }

    /**
     * The slopes of ALiBi. If the number of heads is not a power of two, those of the next power, every second one
     * first.
     */
    private static float[] slopes(int heads) {
        int power = heads == Integer.highestOneBit(heads) ? heads : 2 * Integer.highestOneBit(heads);
        float[] slopes = new float[heads];
        for (int head = 0; head < heads; head++) {
            int at = power == heads ? head : head < power / 2 ? 2 * head + 1 : 2 * (head - power / 2);
            slopes[head] = (float) (1 / Math.pow(2, (at + 1) * 8.0 / power));
        }
        return slopes;
    }

    private static Block block(ModelInfo m, Weights w, Scoring scoring, double eps) {
        int d = m.dModel();
        return new Block(
                BlockLayout.PRE_NORM,
                LayerNorm.unbiased(w.in("norm_1"), d, eps),
                Attention.fused(
                        m,
                        scoring,
                        Linear.of(w.in("attn.Wqkv"), d, 3 * d, false),
                        Linear.of(w.in("attn.out_proj"), d, d, false)),
                LayerNorm.unbiased(w.in("norm_2"), d, eps),
                new Mlp(
                        Linear.of(w.in("ffn.up_proj"), d, m.dMlp(), false),
                        Activation.of("gelu"), // the config names none
                        Linear.of(w.in("ffn.down_proj"), m.dMlp(), d, false)));
    }
}
