package dev.headlight.model.arch;

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
import dev.headlight.model.part.Scoring;
import dev.headlight.model.part.Transformer;
import dev.headlight.model.part.Unembedding;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * PyTorch's {@code nn.TransformerEncoder} between an {@code nn.Embedding} and an {@code nn.Linear}, with PyTorch's own
 * parameter names; no mask, no positions.
 *
 * @see <a href="https://docs.pytorch.org/docs/stable/generated/torch.nn.TransformerEncoderLayer.html">nn.TransformerEncoderLayer</a>
 */
final class TorchTransformerEncoder implements Architecture {
    private static final double DEFAULT_EPS = 1e-5; // PyTorch's
    private static final Set<String> KEYS = Set.of(
            "model_type",
            "vocab_size",
            "d_model",
            "nhead",
            "num_layers",
            "dim_feedforward",
            "activation",
            "norm_first",
            "layer_norm_eps",
            "final_norm_eps",
            "batch_first",
            "dropout",
            "architectures",
            "dtype",
            "torch_dtype",
            "transformers_version");

    @Override
    public String modelType() {
        return "torch_transformer_encoder";
    }

    @Override
    public ModelInfo info(Config c) {
        c.refuseUnknown(KEYS); // the weights do not tell a misspelt norm_first
        return new ModelInfo.Builder("torch_transformer_encoder")
                .layers(c.size("num_layers"))
                .heads(c.size("nhead"))
                .dModel(c.size("d_model"))
                .dMlp(c.size("dim_feedforward", 2048))
                .vocab(c.size("vocab_size"))
                .bidirectional()
                .build();
    }

    @Override
    public HookedModel build(HookedModel.Origin origin, Config c, Weights w) {
        ModelInfo m = origin.info();
        double eps = c.number("layer_norm_eps", DEFAULT_EPS);
        List<Block> blocks = IntStream.range(0, m.nLayers())
                .mapToObj(i -> block(m, c, w.in("transformer.layers." + i), eps))
                .toList();
        return new Transformer(
                origin,
                Embedding.of(w.get("embedding.weight", m.vocabSize(), m.dModel())),
                blocks,
                Unembedding.of(finalNorm(m, c, w, eps), Linear.of(w.in("fc"), m.dModel(), m.vocabSize())));
    }

    private static @Nullable LayerNorm finalNorm(ModelInfo m, Config c, Weights w, double eps) {
        if (!w.has("transformer.norm.weight")) {
            return null;
        }
        if (eps != DEFAULT_EPS && !c.has("final_norm_eps")) { // nn.LayerNorm(d) has an eps of its own
            throw new ModelRefused("config.json: final_norm_eps is missing, the eps of the encoder's final norm");
        }
        return LayerNorm.of(w.in("transformer.norm"), m.dModel(), c.number("final_norm_eps", DEFAULT_EPS));
    }

    private static Block block(ModelInfo m, Config c, Weights w, double eps) {
        int d = m.dModel();
        Linear qkv = new Linear(w.get("self_attn.in_proj_weight", 3L * d, d), w.get("self_attn.in_proj_bias", 3L * d));
        Scoring scoring = Scoring.of(m);
        Attention attention = Attention.fused(m, scoring, qkv, Linear.of(w.in("self_attn.out_proj"), d, d));
        Mlp mlp = new Mlp(
                Linear.of(w.in("linear1"), d, m.dMlp()),
                Activation.of(c.string("activation", "relu")),
                Linear.of(w.in("linear2"), m.dMlp(), d));
        BlockLayout residual = c.flag("norm_first", false) ? BlockLayout.PRE_NORM : BlockLayout.POST_NORM;
        return new Block(
                residual, LayerNorm.of(w.in("norm1"), d, eps), attention, LayerNorm.of(w.in("norm2"), d, eps), mlp);
    }
}
