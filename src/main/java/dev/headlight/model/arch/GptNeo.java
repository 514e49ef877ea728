package dev.headlight.model.arch;

import ai.djl.ndarray.NDArray;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
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
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * GPT-Neo, as Transformers' {@code GPTNeoForCausalLM}: local attention in some layers, and scores that are not scaled.
 *
 * @see <a href="https://github.com/EleutherAI/gpt-neo">Black et al., 2021</a>
 */
final class GptNeo implements Architecture {
    @Override
    public String modelType() {
        return "gpt_neo";
    }

    @Override
    public ModelInfo info(Config c) {
        int d = c.size("hidden_size");
        kinds(c);
        return new ModelInfo.Builder("gpt_neo")
                .layers(c.size("num_layers"))
                .heads(c.size("num_heads"))
                .dModel(d)
                .dMlp(c.size("intermediate_size", 4 * d))
                .vocab(c.size("vocab_size"))
                .context(c.size("max_position_embeddings"))
                .build();
    }

    @Override
    public HookedModel build(HookedModel.Origin origin, Config c, Weights all) {
        ModelInfo m = origin.info();
        Weights w = all.under("transformer");
        double eps = c.number("layer_norm_epsilon", 1e-5);
        NDArray embedding =
                TiedEmbeddings.embedding(c, w, "wte.weight", all, "lm_head.weight", true, m.vocabSize(), m.dModel());
        List<String> kinds = kinds(c);
        int window = c.size("window_size", 256);
        List<Block> blocks = IntStream.range(0, m.nLayers())
                .mapToObj(i -> block(m, c, w.in("h." + i), kinds.get(i).equals("local") ? window : null, eps))
                .toList();
        return new Transformer(
                origin,
                Embedding.of(embedding).positions(w.get("wpe.weight", c.size("max_position_embeddings"), m.dModel())),
                blocks,
                Unembedding.of(
                        LayerNorm.of(w.in("ln_f"), m.dModel(), eps),
                        TiedEmbeddings.unembedding(c, all, "lm_head.weight", embedding, true)));
    }

    private static Block block(ModelInfo m, Config c, Weights w, @Nullable Integer window, double eps) {
        w.ignore("attn.attention.bias"); // buffers of the causal mask
        w.ignore("attn.attention.masked_bias");
        int d = m.dModel();
        Attention attention = new Attention(
                m.nHeads(),
                m.nHeads(),
                Scoring.scaled(1).window(window),
                Linear.of(w.in("attn.attention.q_proj"), d, d, false),
                Linear.of(w.in("attn.attention.k_proj"), d, d, false),
                Linear.of(w.in("attn.attention.v_proj"), d, d, false),
                Linear.of(w.in("attn.attention.out_proj"), d, d));
        return new Block(
                BlockLayout.PRE_NORM,
                LayerNorm.of(w.in("ln_1"), d, eps),
                attention,
                LayerNorm.of(w.in("ln_2"), d, eps),
                new Mlp(
                        Linear.of(w.in("mlp.c_fc"), d, m.dMlp()),
                        Activation.of(c.string("activation_function", "gelu_new")),
                        Linear.of(w.in("mlp.c_proj"), m.dMlp(), d)));
    }

    /** {@code global} or {@code local} for each layer: {@code attention_types} is a list of [kinds, times]. */
    private static List<String> kinds(Config c) {
        List<String> kinds = c.has("attention_layers") ? c.strings("attention_layers") : repeated(c);
        if (kinds.size() != c.size("num_layers")
                || !kinds.stream().allMatch(k -> k.equals("global") || k.equals("local"))) {
            throw new ModelRefused(
                    "config.json: attention_types must give global or local for each layer; it gives " + kinds);
        }
        return kinds;
    }

    private static List<String> repeated(Config c) {
        List<String> kinds = new ArrayList<>();
        int layers = c.size("num_layers");
        try {
            for (JsonElement e : c.json("attention_types").getAsJsonArray()) {
                JsonArray some = e.getAsJsonArray();
                JsonArray group = some.get(0).getAsJsonArray();
                int times = group.isEmpty() ? 0 : some.get(1).getAsInt();
                for (int i = 0; i < times && kinds.size() <= layers; i++) {
                    group.forEach(kind -> kinds.add(kind.getAsString()));
                }
            }
        } catch (IllegalStateException
                | IndexOutOfBoundsException
                | UnsupportedOperationException
                | NumberFormatException ex) {
            throw new ModelRefused("config.json: attention_types must be a list of [kinds, times]", ex);
        }
        return kinds;
    }
}
