package dev.headlight.model.arch;

import dev.headlight.model.HookedModel;
import dev.headlight.model.ModelInfo;
import dev.headlight.model.checkpoint.Config;
import dev.headlight.model.checkpoint.Weights;
import dev.headlight.model.part.Attention;
import dev.headlight.model.part.Block;
import dev.headlight.model.part.BlockLayout;
import dev.headlight.model.part.Embedding;
import dev.headlight.model.part.RmsNorm;
import dev.headlight.model.part.Transformer;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * The common parts of the Gemma models: norms with a gain of 1 + w, scaled embeddings, and from Gemma 2 on norms before
 * and after attention and MLP.
 */
final class GemmaParts {
    private final ModelInfo m;
    private final Config c;
    private final LlamaParts llama;

    GemmaParts(ModelInfo m, Config c, Weights all) {
        this.m = m;
        this.c = c;
        this.llama = new LlamaParts(m, c, all);
    }

    /** The sizes; {@code dHead} is used if the config has no {@code head_dim}. */
    static ModelInfo info(Config c, int dHead) {
        c.refuse("use_bidirectional_attention");
        return LlamaParts.info(c).dHead(c.size("head_dim", dHead)).build();
    }

    LlamaParts llama() {
        return llama;
    }

    RmsNorm norm(Weights w) {
        return norm(w, m.dModel());
    }

    RmsNorm norm(Weights w, int width) {
        return RmsNorm.plusOne(w, width, llama.eps());
    }

    /** @param softCap of the logits; null for none */
    Transformer transformer(HookedModel.Origin origin, @Nullable Double softCap, IntFunction<Block> block) {
        Embedding embedding = llama.embedding(true).scale(Math.sqrt(m.dModel()));
        return new Transformer(
                origin,
                embedding,
                llama.blocks(block),
                llama.unembedding(embedding, norm(llama.body().in("norm")), true)
                        .softCap(softCap));
    }

    /** Norms before and after each of attention and MLP. */
    Block sandwich(Weights w, Attention attention) {
        return new Block(
                BlockLayout.PRE_NORM,
                norm(w.in("input_layernorm")),
                attention,
                norm(w.in("post_attention_layernorm")),
                norm(w.in("pre_feedforward_layernorm")),
                llama.mlp(w.in("mlp"), c.string("hidden_activation", "gelu_pytorch_tanh"), false),
                norm(w.in("post_feedforward_layernorm")));
    }
}
