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
import dev.headlight.tensor.Ops;
import java.util.List;
import java.util.stream.IntStream;

/**
 * OPT, as Transformers' {@code OPTForCausalLM}; the one with 350M parameters is post-norm, with narrower embeddings.
 *
 * @see <a href="https://arxiv.org/abs/2205.01068">Zhang et al., 2022</a>
 */
final class Opt implements Architecture {
    private static final int OFFSET = 2; // rows before that of position 0

    @Override
    public String modelType() {
        return "opt";
    }

    @Override
    public ModelInfo info(Config c) {
        c.refuseUnless("enable_bias", "true");
        c.refuseUnless("layer_norm_elementwise_affine", "true");
        return new ModelInfo.Builder("opt")
                .layers(c.size("num_hidden_layers"))
                .heads(c.size("num_attention_heads"))
                .dModel(c.size("hidden_size"))
                .dMlp(c.size("ffn_dim"))
                .vocab(c.size("vocab_size"))
                .context(c.size("max_position_embeddings"))
                .build();
    }

    @Override
    public HookedModel build(HookedModel.Origin origin, Config c, Weights all) {
        ModelInfo m = origin.info();
        int d = m.dModel();
        Weights w = all.under("model").in("decoder");
        int width = c.size("word_embed_proj_dim", d);
        boolean narrow = width != d;
        boolean preNorm = c.flag("do_layer_norm_before", true);
        int positions = c.size("max_position_embeddings") + OFFSET;
        NDArray embedding = w.get("embed_tokens.weight", m.vocabSize(), width);
        List<Block> blocks = IntStream.range(0, m.nLayers())
                .mapToObj(i -> block(m, c, w.in("layers." + i), preNorm))
                .toList();
        boolean normed = preNorm && !c.flag("_remove_final_layer_norm", false);
        return new Transformer(
                origin,
                Embedding.of(embedding)
                        .projection(narrow ? Linear.of(w.in("project_in"), width, d, false) : null)
                        .positions(Ops.slice(w.get("embed_positions.weight", positions, d), 0, OFFSET, positions)),
                blocks,
                Unembedding.of(
                                normed ? norm(m, w.in("final_layer_norm")) : null,
                                TiedEmbeddings.unembedding(c, all, "lm_head.weight", embedding, true))
                        .projection(narrow ? Linear.of(w.in("project_out"), d, width, false) : null));
    }

    private static Block block(ModelInfo m, Config c, Weights w, boolean preNorm) {
        int d = m.dModel();
        Attention attention = new Attention(
                m.nHeads(),
                m.nHeads(),
                Scoring.of(m),
                Linear.of(w.in("self_attn.q_proj"), d, d),
                Linear.of(w.in("self_attn.k_proj"), d, d),
                Linear.of(w.in("self_attn.v_proj"), d, d),
                Linear.of(w.in("self_attn.out_proj"), d, d));
        Mlp mlp = new Mlp(
                Linear.of(w.in("fc1"), d, m.dMlp()),
                Activation.of(c.string("activation_function", "relu")),
                Linear.of(w.in("fc2"), m.dMlp(), d));
        return new Block(
                preNorm ? BlockLayout.PRE_NORM : BlockLayout.POST_NORM,
                norm(m, w.in("self_attn_layer_norm")),
                attention,
                norm(m, w.in("final_layer_norm")),
                mlp);
    }

    private static Norm norm(ModelInfo m, Weights w) {
        return LayerNorm.of(w, m.dModel(), 1e-5); // nn.LayerNorm's own; the config has none
    }
}
