package dev.headlight.model.arch;

import ai.djl.ndarray.NDArray;
import dev.headlight.model.HookedModel;
import dev.headlight.model.ModelInfo;
import dev.headlight.model.checkpoint.Config;
import dev.headlight.model.checkpoint.Weights;
import dev.headlight.model.fault.ModelRefused;
import dev.headlight.model.part.Activation;
import dev.headlight.model.part.Attention;
import dev.headlight.model.part.Block;
import dev.headlight.model.part.BlockLayout;
import dev.headlight.model.part.Embedding;
import dev.headlight.model.part.LayerNorm;
import dev.headlight.model.part.Linear;
import dev.headlight.model.part.Mlp;
import dev.headlight.model.part.Rotary;
import dev.headlight.model.part.Scoring;
import dev.headlight.model.part.Transformer;
import dev.headlight.model.part.Unembedding;
import java.util.List;
import java.util.stream.IntStream;

/**
 * GPT-NeoX and Pythia, as Transformers' {@code GPTNeoXForCausalLM}: a quarter of each head is rotated, and attention and
 * MLP are parallel.
 *
 * @see <a href="https://arxiv.org/abs/2204.06745">Black et al., 2022</a>
 */
final class GptNeoX implements Architecture {
    @Override
    public String modelType() {
        return "gpt_neox";
    }

    @Override
    public ModelInfo info(Config c) {
        return new ModelInfo.Builder("gpt_neox")
                .layers(c.size("num_hidden_layers"))
                .heads(c.size("num_attention_heads"))
                .dModel(c.size("hidden_size"))
                .dMlp(c.size("intermediate_size"))
                .vocab(c.size("vocab_size"))
                .context(Rope.context(c))
                .build();
    }

    @Override
    public HookedModel build(HookedModel.Origin origin, Config c, Weights all) {
        ModelInfo m = origin.info();
        Weights w = all.under("gpt_neox");
        double eps = c.number("layer_norm_eps", 1e-5);
        NDArray embedding = w.get("embed_in.weight", m.vocabSize(), m.dModel());
        Scoring scoring = Scoring.of(m).rotary(rotary(m, c));
        List<Block> blocks = IntStream.range(0, m.nLayers())
                .mapToObj(i -> block(m, c, w.in("layers." + i), scoring, eps))
                .toList();
        String head = all.has("lm_head.weight") ? "lm_head.weight" : "embed_out.weight";
        return new Transformer(
                origin,
                Embedding.of(embedding),
                blocks,
                Unembedding.of(
                        LayerNorm.of(w.in("final_layer_norm"), m.dModel(), eps),
                        TiedEmbeddings.unembedding(c, all, head, embedding, false)));
    }

    /** Reads the keys of Transformers 4 ({@code rotary_emb_base}, {@code rotary_pct}) and of version 5. */
    private static Rotary rotary(ModelInfo m, Config c) {
        if (c.has("head_dim") && c.size("head_dim") != m.dHead()) {
            throw new ModelRefused("config.json: head_dim is " + c.size("head_dim") + " and must be " + m.dHead());
        }
        double base = c.number("rotary_emb_base", 10_000);
        return Rope.of(c, m.dHead(), new Rope.Defaults(base, c.number("rotary_pct", 0.25), true, false, false));
    }

    private static Block block(ModelInfo m, Config c, Weights w, Scoring scoring, double eps) {
        w.ignore("attention.bias"); // buffers of the causal mask and of the rotation
        w.ignore("attention.masked_bias");
        w.ignore("attention.rotary_emb.inv_freq");
        int d = m.dModel();
        boolean bias = c.flag("attention_bias", true);
        Attention attention = Attention.grouped(
                m,
                scoring,
                Linear.of(w.in("attention.query_key_value"), d, 3 * d, bias),
                Linear.of(w.in("attention.dense"), d, d, bias));
        return new Block(
                c.flag("use_parallel_residual", true) ? BlockLayout.PARALLEL : BlockLayout.PRE_NORM,
                LayerNorm.of(w.in("input_layernorm"), d, eps),
                attention,
                LayerNorm.of(w.in("post_attention_layernorm"), d, eps),
                new Mlp(
                        Linear.of(w.in("mlp.dense_h_to_4h"), d, m.dMlp()),
                        Activation.of(c.string("hidden_act", "gelu")),
                        Linear.of(w.in("mlp.dense_4h_to_h"), m.dMlp(), d)));
    }
}
