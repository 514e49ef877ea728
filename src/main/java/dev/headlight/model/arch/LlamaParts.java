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
import dev.headlight.model.part.FeedForward;
import dev.headlight.model.part.GatedMlp;
import dev.headlight.model.part.Linear;
import dev.headlight.model.part.Norm;
import dev.headlight.model.part.RmsNorm;
import dev.headlight.model.part.Scoring;
import dev.headlight.model.part.Transformer;
import dev.headlight.model.part.Unembedding;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The common parts of Llama and its descendants: the names of sizes and weights. */
final class LlamaParts {
    private final ModelInfo m;
    private final Config c;
    private final Weights all;
    private final Weights body;
    private final double eps;

    LlamaParts(ModelInfo m, Config c, Weights all) {
        this(m, c, all, 1e-6);
    }

    /** @param eps of the norms, if the config gives none */
    LlamaParts(ModelInfo m, Config c, Weights all, double eps) {
        this.m = m;
        this.c = c;
        this.all = all;
        this.body = all.under("model");
        this.eps = c.number("rms_norm_eps", eps);
        body.ignore("rotary_emb.inv_freq"); // a buffer in old checkpoints
    }

    /** The sizes, with heads of {@code head_dim} if the config has it. */
    static ModelInfo.Builder info(Config c) {
        int heads = c.size("num_attention_heads");
        ModelInfo.Builder info = new ModelInfo.Builder(c.modelType())
                .layers(c.size("num_hidden_layers"))
                .heads(heads)
                .kvHeads(c.size("num_key_value_heads", heads))
                .dModel(c.size("hidden_size"))
                .dMlp(c.size("intermediate_size"))
                .vocab(c.size("vocab_size"))
                .context(Rope.context(c));
        return c.has("head_dim") ? info.dHead(c.size("head_dim")) : info;
    }

    /** The model with these blocks, by layer. */
    Transformer transformer(HookedModel.Origin origin, Norm finalNorm, IntFunction<Block> block, boolean tied) {
        Embedding embedding = embedding(tied);
        return new Transformer(origin, embedding, blocks(block), unembedding(embedding, finalNorm, tied));
    }

    List<Block> blocks(IntFunction<Block> block) {
        return IntStream.range(0, m.nLayers()).mapToObj(block).toList();
    }

    /** @param tied whether the unembedding is the embedding if the config does not say */
    Embedding embedding(boolean tied) {
        return Embedding.of(TiedEmbeddings.embedding(
                c, body, "embed_tokens.weight", all, "lm_head.weight", tied, m.vocabSize(), m.dModel()));
    }

    /** @param tied whether the unembedding is the embedding if the config does not say */
    Unembedding unembedding(Embedding embedding, Norm finalNorm, boolean tied) {
        return Unembedding.of(
                finalNorm, TiedEmbeddings.unembedding(c, all, "lm_head.weight", embedding.tokens(), tied));
    }

    Weights layer(int layer) {
        Weights w = body.in("layers." + layer);
        w.ignore("self_attn.rotary_emb.inv_freq"); // a buffer in old checkpoints
        return w;
    }

    Weights body() {
        return body;
    }

    double eps() {
        return eps;
    }

    RmsNorm norm(Weights w) {
        return RmsNorm.of(w, m.dModel(), eps());
    }

    /**
     * A block with a norm before attention and one before the MLP.
     *
     * @param w below {@code model.layers.N}
     */
    Block block(Weights w, Attention attention, FeedForward mlp) {
        return new Block(
                BlockLayout.PRE_NORM,
                norm(w.in("input_layernorm")),
                attention,
                norm(w.in("post_attention_layernorm")),
                mlp);
    }

    /** Scaled dot products 1/√d_head, with the rotary embedding of the config. */
    Scoring scoring() {
        return scoring(Rope.Defaults.whole(10_000));
    }

    Scoring scoring(Rope.Defaults rope) {
        return Scoring.of(m).rotary(Rope.of(c, m.dHead(), rope));
    }

    /** @param w below {@code self_attn} */
    Attention attention(Weights w, Scoring scoring, boolean bias, boolean outBias) {
        int q = m.nHeads() * m.dHead();
        int kv = m.nKvHeads() * m.dHead();
        return new Attention(
                m.nHeads(),
                m.nKvHeads(),
                scoring,
                Linear.of(w.in("q_proj"), m.dModel(), q, bias),
                Linear.of(w.in("k_proj"), m.dModel(), kv, bias),
                Linear.of(w.in("v_proj"), m.dModel(), kv, bias),
                Linear.of(w.in("o_proj"), q, m.dModel(), outBias));
    }

    /** @param w below {@code mlp} */
    GatedMlp mlp(Weights w, String activation, boolean bias) {
        return mlp(w, activation, bias, m.dMlp());
    }

    GatedMlp mlp(Weights w, String activation, boolean bias, int neurons) {
        return new GatedMlp(
                Linear.of(w.in("gate_proj"), m.dModel(), neurons, bias),
                Activation.of(activation),
                Linear.of(w.in("up_proj"), m.dModel(), neurons, bias),
                Linear.of(w.in("down_proj"), neurons, m.dModel(), bias));
    }

    /**
     * The number of keys that a query of a layer sees; null for all.
     *
     * @param window of the layers that have one; null for none
     * @param windowed whether the layer has one, if the config does not list {@code layer_types}
     */
    static @Nullable Integer window(Config c, int layer, @Nullable Integer window, boolean windowed) {
        boolean sliding = isSliding(c, layer, windowed);
        if (sliding && window == null && c.has("layer_types")) {
            throw new ModelRefused("config.json: layer_types has sliding_attention, and there is no sliding_window");
        }
        return sliding ? window : null;
    }

    static boolean isSliding(Config c, int layer, boolean otherwise) {
        if (!c.has("layer_types")) {
            return otherwise;
        }
        List<String> types = c.strings("layer_types");
        String type = layer < types.size() ? types.get(layer) : "missing";
        return switch (type) {
            case "sliding_attention" -> true;
            case "full_attention" -> false;
            default ->
                throw new ModelRefused("config.json: layer_types of layer " + layer + " is " + type
                        + "; there are full_attention, sliding_attention");
        };
    }
}
