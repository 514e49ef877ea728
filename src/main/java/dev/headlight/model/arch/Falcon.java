package dev.headlight.model.arch;

import ai.djl.ndarray.NDArray;
import dev.headlight.model.HookedModel;
import dev.headlight.model.ModelInfo;
import dev.headlight.model.checkpoint.Config;
import dev.headlight.model.checkpoint.Weights;
import dev.headlight.model.fault.ModelRefused;
import dev.headlight.model.part.Activation;
import dev.headlight.model.part.Alibi;
import dev.headlight.model.part.Attention;
import dev.headlight.model.part.Block;
import dev.headlight.model.part.BlockLayout;
import dev.headlight.model.part.Embedding;
import dev.headlight.model.part.LayerNorm;
import dev.headlight.model.part.Linear;
import dev.headlight.model.part.Mlp;
import dev.headlight.model.part.Norm;
import dev.headlight.model.part.Scoring;
import dev.headlight.model.part.Transformer;
import dev.headlight.model.part.Unembedding;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Falcon, as Transformers' {@code FalconForCausalLM}, in its three layouts: keys and values for each head (RW), one for
 * all (7B), or one for each group of heads (40B).
 *
 * @see <a href="https://arxiv.org/abs/2311.16867">Almazrouei et al., 2023</a>
 */
final class Falcon implements Architecture {
    @Override
    public String modelType() {
        return "falcon";
    }

    @Override
    public ModelInfo info(Config c) {
        int d = c.size("hidden_size");
        int heads = c.size("num_attention_heads");
        if (isNew(c) && !isParallel(c)) {
            throw new ModelRefused("config.json: new_decoder_architecture without parallel_attn is not implemented");
        }
        return new ModelInfo.Builder("falcon")
                .layers(c.size("num_hidden_layers"))
                .heads(heads)
                .kvHeads(kvHeads(c, heads))
                .dModel(d)
                .dMlp(c.size("ffn_hidden_size", 4 * d))
                .vocab(c.size("vocab_size"))
                .context(c.flag("alibi", false) ? null : Rope.context(c))
                .build();
    }

    private static int kvHeads(Config c, int heads) {
        if (isNew(c)) {
            return c.size("num_kv_heads", heads);
        }
        return c.flag("multi_query", true) ? 1 : heads;
    }

    private static boolean isNew(Config c) {
        return c.flag("new_decoder_architecture", false);
    }

    private static boolean isParallel(Config c) {
        return c.flag("parallel_attn", true);
    }

    @Override
    public HookedModel build(HookedModel.Origin origin, Config c, Weights all) {
        ModelInfo m = origin.info();
        Weights w = all.under("transformer");
        double eps = c.number("layer_norm_epsilon", 1e-5);
        NDArray embedding = TiedEmbeddings.embedding(
                c, w, "word_embeddings.weight", all, "lm_head.weight", true, m.vocabSize(), m.dModel());
        Scoring scoring = scoring(m, c);
        List<Block> blocks = IntStream.range(0, m.nLayers())
                .mapToObj(i -> block(m, c, w.in("h." + i), scoring, eps))
                .toList();
        return new Transformer(
                origin,
                Embedding.of(embedding),
                blocks,
                Unembedding.of(
                        LayerNorm.of(w.in("ln_f"), m.dModel(), eps),
                        TiedEmbeddings.unembedding(c, all, "lm_head.weight", embedding, true)));
    }

    private static Scoring scoring(ModelInfo m, Config c) {
        if (!c.flag("alibi", false)) {
            return Scoring.of(m).rotary(Rope.of(c, m.dHead(), Rope.Defaults.whole(10_000)));
        }
        float[] slopes = Alibi.slopes(m.nHeads());
        float scale = (float) (1 / Math.sqrt(m.dHead()));
        return Scoring.of(m)
                .alibi(new Alibi(m.nHeads(), (head, key, keys) -> scale * bfloat16(bfloat16(slopes[head]) * key)));
    }

    /** Transformers rounds these biases to bfloat16, to the nearest and to even. */
    private static float bfloat16(float x) {
        int bits = Float.floatToRawIntBits(x);
        return Float.intBitsToFloat((bits + 0x7FFF + ((bits >>> 16) & 1)) & 0xFFFF0000);
    }

    private static Block block(ModelInfo m, Config c, Weights w, Scoring scoring, double eps) {
        w.ignore("self_attention.rotary_emb.inv_freq");
        int d = m.dModel();
        boolean bias = c.flag("bias", false);
        Attention attention = Attention.grouped(
                m,
                scoring,
                Linear.of(w.in("self_attention.query_key_value"), d, (m.nHeads() + 2 * m.nKvHeads()) * m.dHead(), bias),
                Linear.of(w.in("self_attention.dense"), d, d, bias));
        Mlp mlp = new Mlp(
                Linear.of(w.in("mlp.dense_h_to_4h"), d, m.dMlp(), bias),
                Activation.of(c.string("activation", "gelu")),
                Linear.of(w.in("mlp.dense_4h_to_h"), m.dMlp(), d, bias));
        if (isNew(c) && c.size("num_ln_in_parallel_attn", 2) == 2) {
            Norm ofAttention = LayerNorm.of(w.in("ln_attn"), d, eps);
            return new Block(BlockLayout.PARALLEL, ofAttention, attention, LayerNorm.of(w.in("ln_mlp"), d, eps), mlp);
        }
        Norm norm = LayerNorm.of(w.in("input_layernorm"), d, eps);
        return isParallel(c)
                ? new Block(BlockLayout.PARALLEL, norm, attention, norm, mlp)
                : new Block(BlockLayout.PRE_NORM, norm, attention, postAttention(m, w, eps), mlp);
    }

    private static Norm postAttention(ModelInfo m, Weights w, double eps) {
        return LayerNorm.of(w.in("post_attention_layernorm"), m.dModel(), eps);
    }
}
