package dev.headlight.model.arch;

import ai.djl.ndarray.NDArray;
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
import dev.headlight.model.part.Unembedding;
import dev.headlight.tensor.Ops;
import java.util.List;
import java.util.stream.IntStream;

/** The common parts of BERT, RoBERTa and ELECTRA: the names of sizes, embeddings and blocks. */
final class BertParts {
    private final ModelInfo m;
    private final Config c;
    private final double eps;

    BertParts(ModelInfo m, Config c) {
        this.m = m;
        this.c = c;
        this.eps = c.number("layer_norm_eps", 1e-12);
    }

    /** The sizes. */
    static ModelInfo.Builder info(Config c) {
        c.refuse("is_decoder");
        c.refuse("add_cross_attention");
        c.refuseUnless("position_embedding_type", "absolute");
        return new ModelInfo.Builder(c.modelType())
                .layers(c.size("num_hidden_layers"))
                .heads(c.size("num_attention_heads"))
                .dModel(c.size("hidden_size"))
                .dMlp(c.size("intermediate_size"))
                .vocab(c.size("vocab_size"))
                .context(c.size("max_position_embeddings"))
                .bidirectional();
    }

    /**
     * @param w below {@code embeddings}
     * @param offset rows before that of position 0
     */
    Embedding embedding(Weights w, int offset) {
        w.ignore("position_ids");
        w.ignore("token_type_ids");
        int rows = c.size("max_position_embeddings");
        NDArray types = w.get("token_type_embeddings.weight", c.size("type_vocab_size", 2), m.dEmbed());
        return Embedding.of(w.get("word_embeddings.weight", m.vocabSize(), m.dEmbed()))
                .tokenType(Ops.row(types, 0))
                .positions(Ops.slice(w.get("position_embeddings.weight", rows, m.dEmbed()), 0, offset, rows))
                .norm(norm(w.in("LayerNorm"), m.dEmbed()));
    }

    /** @param w below {@code encoder} */
    List<Block> blocks(Weights w) {
        return IntStream.range(0, m.nLayers())
                .mapToObj(i -> block(w.in("layer." + i)))
                .toList();
    }

    private Block block(Weights w) {
        int d = m.dModel();
        Attention attention = new Attention(
                m.nHeads(),
                m.nHeads(),
                Scoring.of(m),
                Linear.of(w.in("attention.self.query"), d, d),
                Linear.of(w.in("attention.self.key"), d, d),
                Linear.of(w.in("attention.self.value"), d, d),
                Linear.of(w.in("attention.output.dense"), d, d));
        return new Block(
                BlockLayout.POST_NORM,
                norm(w.in("attention.output.LayerNorm"), d),
                attention,
                norm(w.in("output.LayerNorm"), d),
                new Mlp(
                        Linear.of(w.in("intermediate.dense"), d, m.dMlp()),
                        Activation.of(c.string("hidden_act", "gelu")),
                        Linear.of(w.in("output.dense"), m.dMlp(), d)));
    }

    /**
     * The bias of the logits, which may be stored under two names. If the two are not tied, {@code decoder.bias} is used.
     *
     * @throws ModelRefused if the two are tied and differ
     */
    private NDArray outputBias(Weights head) {
        if (!c.flag("tie_word_embeddings", true)) {
            head.ignore("bias");
            return head.get("decoder.bias", m.vocabSize());
        }
        if (!head.has("bias") && head.has("decoder.bias")) {
            return head.get("decoder.bias", m.vocabSize());
        }
        NDArray bias = head.get("bias", m.vocabSize());
        if (head.has("decoder.bias") && !head.equal("decoder.bias", bias)) {
            throw new ModelRefused(
                    "the prediction head's decoder.bias differs from its bias, and config.json ties the two");
        }
        return bias;
    }

    /**
     * The prediction head: a dense layer, a norm, and the token embeddings as output weights.
     *
     * @param head holds the decoder and its bias
     */
    Unembedding unembedding(Weights head, Weights dense, String activation, Weights norm, Embedding embedding) {
        NDArray bias = outputBias(head);
        return Unembedding.of(
                        norm(norm, m.dModel()),
                        TiedEmbeddings.unembedding(c, head, "decoder.weight", embedding.tokens(), true, bias))
                .transform(
                        new Unembedding.Transform(Linear.of(dense, m.dModel(), m.dModel()), Activation.of(activation)));
    }

    /** Reads a norm. Old checkpoints call gain and bias gamma and beta. */
    LayerNorm norm(Weights w, int width) {
        return w.has("gamma")
                ? new LayerNorm(w.get("gamma", width), w.get("beta", width), eps)
                : LayerNorm.of(w, width, eps);
    }
}
