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
import dev.headlight.model.part.Norm;
import dev.headlight.model.part.Rotary;
import dev.headlight.model.part.Scoring;
import dev.headlight.model.part.Transformer;
import dev.headlight.model.part.Unembedding;
import java.util.List;
import java.util.stream.IntStream;

/**
 * GPT-J, as Transformers' {@code GPTJForCausalLM}: neighbouring coordinates are rotated together, and attention and MLP
 * are parallel after one norm.
 *
 * @see <a href="https://github.com/kingoflolz/mesh-transformer-jax">Wang and Komatsuzaki, 2021</a>
 */
final class GptJ implements Architecture {
    @Override
    public String modelType() {
        return "gptj";
    }

    @Override
    public ModelInfo info(Config c) {
        int d = c.size("n_embd");
        return new ModelInfo.Builder("gptj")
                .layers(c.size("n_layer"))
                .heads(c.size("n_head"))
                .dModel(d)
                .dMlp(c.size("n_inner", 4 * d))
                .vocab(c.size("vocab_size"))
                .context(c.size("n_positions"))
                .build();
    }

    @Override
    public HookedModel build(HookedModel.Origin origin, Config c, Weights all) {
        ModelInfo m = origin.info();
        Weights w = all.under("transformer");
        double eps = c.number("layer_norm_epsilon", 1e-5);
        NDArray embedding = w.get("wte.weight", m.vocabSize(), m.dModel());
        Scoring scoring = Scoring.of(m).rotary(rotary(m, c));
        List<Block> blocks = IntStream.range(0, m.nLayers())
                .mapToObj(i -> block(m, c, w.in("h." + i), scoring, eps))
                .toList();
        NDArray bias = all.get("lm_head.bias", m.vocabSize());
        return new Transformer(
                origin,
                Embedding.of(embedding),
                blocks,
                Unembedding.of(
                        LayerNorm.of(w.in("ln_f"), m.dModel(), eps),
                        TiedEmbeddings.unembedding(c, all, "lm_head.weight", embedding, false, bias)));
    }

    private static Rotary rotary(ModelInfo m, Config c) {
        int coordinates = c.size("rotary_dim", 64);
        if (coordinates > m.dHead() || coordinates % 2 != 0) {
            throw new ModelRefused(
                    "config.json: rotary_dim is " + coordinates + " and must be even and at most " + m.dHead());
        }
        return new Rotary(coordinates, 10_000).interleave();
    }

    private static Block block(ModelInfo m, Config c, Weights w, Scoring scoring, double eps) {
        w.ignore("attn.bias"); // buffers of the causal mask
        w.ignore("attn.masked_bias");
        int d = m.dModel();
        Norm norm = LayerNorm.of(w.in("ln_1"), d, eps);
        Attention attention = new Attention(
                m.nHeads(),
                m.nHeads(),
                scoring,
                Linear.of(w.in("attn.q_proj"), d, d, false),
                Linear.of(w.in("attn.k_proj"), d, d, false),
                Linear.of(w.in("attn.v_proj"), d, d, false),
                Linear.of(w.in("attn.out_proj"), d, d, false));
        Mlp mlp = new Mlp(
                Linear.of(w.in("mlp.fc_in"), d, m.dMlp()),
                Activation.of(c.string("activation_function", "gelu_new")),
                Linear.of(w.in("mlp.fc_out"), m.dMlp(), d));
        return new Block(BlockLayout.PARALLEL, norm, attention, norm, mlp);
    }
}
