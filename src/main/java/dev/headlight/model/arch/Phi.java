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
import dev.headlight.model.part.Norm;
import dev.headlight.model.part.Scoring;
import dev.headlight.model.part.Transformer;
import dev.headlight.model.part.Unembedding;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Phi-1, 1.5 and 2, as Transformers' {@code PhiForCausalLM}: part of each head is rotated, and attention and MLP are
 * parallel after one norm.
 *
 * @see <a href="https://arxiv.org/abs/2309.05463">Li et al., 2023</a>
 */
final class Phi implements Architecture {
    @Override
    public String modelType() {
        return "phi";
    }

    @Override
    public ModelInfo info(Config c) {
        return LlamaParts.info(c).build();
    }

    @Override
    public HookedModel build(HookedModel.Origin origin, Config c, Weights all) {
        ModelInfo m = origin.info();
        Weights w = all.under("model");
        double eps = c.number("layer_norm_eps", 1e-5);
        NDArray embedding = w.get("embed_tokens.weight", m.vocabSize(), m.dModel());
        Scoring scoring = Scoring.of(m).rotary(Rope.of(c, m.dHead(), Rope.Defaults.part(10_000, 0.5)));
        List<Block> blocks = IntStream.range(0, m.nLayers())
                .mapToObj(i -> block(m, c, w.in("layers." + i), scoring, eps))
                .toList();
        NDArray bias = all.get("lm_head.bias", m.vocabSize());
        return new Transformer(
                origin,
                Embedding.of(embedding),
                blocks,
                Unembedding.of(
                        LayerNorm.of(w.in("final_layernorm"), m.dModel(), eps),
                        TiedEmbeddings.unembedding(c, all, "lm_head.weight", embedding, false, bias)));
    }

    private static Block block(ModelInfo m, Config c, Weights w, Scoring scoring, double eps) {
        w.ignore("self_attn.rotary_emb.inv_freq");
        int d = m.dModel();
        int q = m.nHeads() * m.dHead();
        int kv = m.nKvHeads() * m.dHead();
        Norm norm = LayerNorm.of(w.in("input_layernorm"), d, eps);
        Attention attention = new Attention(
                m.nHeads(),
                m.nKvHeads(),
                normed(m, c, w.in("self_attn"), scoring, eps),
                Linear.of(w.in("self_attn.q_proj"), d, q),
                Linear.of(w.in("self_attn.k_proj"), d, kv),
                Linear.of(w.in("self_attn.v_proj"), d, kv),
                Linear.of(w.in("self_attn.dense"), q, d));
        Mlp mlp = new Mlp(
                Linear.of(w.in("mlp.fc1"), d, m.dMlp()),
                Activation.of(c.string("hidden_act", "gelu_new")),
                Linear.of(w.in("mlp.fc2"), m.dMlp(), d));
        return new Block(BlockLayout.PARALLEL, norm, attention, norm, mlp);
    }

    private static Scoring normed(ModelInfo m, Config c, Weights w, Scoring scoring, double eps) {
        return c.flag("qk_layernorm", false)
                ? scoring.norms(
                        LayerNorm.of(w.in("q_layernorm"), m.dHead(), eps),
                        LayerNorm.of(w.in("k_layernorm"), m.dHead(), eps))
                : scoring;
    }
}
