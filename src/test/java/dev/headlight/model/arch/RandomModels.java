package dev.headlight.model.arch;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import dev.headlight.model.Fixture;
import dev.headlight.model.HookedModel;
import dev.headlight.model.RandomWeights;
import dev.headlight.model.checkpoint.Checkpoint;
import dev.headlight.model.checkpoint.Config;
import dev.headlight.model.fault.ModelRefused;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Models of random sizes and switches: the fixtures' configs, changed at random. A new fixture needs no line here. */
public final class RandomModels {
    private static final int ATTEMPTS = 200;
    private static final List<String> LAYERS = List.of("num_hidden_layers", "n_layer", "num_layers", "n_layers");
    private static final List<String> HEADS = List.of("num_attention_heads", "n_head", "num_heads", "n_heads", "nhead");
    private static final List<String> KV_HEADS = List.of("num_key_value_heads", "num_kv_heads");
    private static final List<String> WIDTHS = List.of("hidden_size", "n_embd", "d_model", "dim");
    private static final List<String> ACTIVATIONS =
            List.of("hidden_act", "activation_function", "hidden_activation", "activation");
    private static final List<String> SWITCHES = List.of(
            "tie_word_embeddings",
            "attention_bias",
            "mlp_bias",
            "bias",
            "use_qkv_bias",
            "use_parallel_residual",
            "multi_query",
            "alibi",
            "do_layer_norm_before",
            "norm_first",
            "norm_topk_prob",
            "use_sliding_window",
            "scale_attn_weights",
            "scale_attn_by_inverse_layer_idx");
    private static final List<String> CONTEXTS = List.of("max_position_embeddings", "n_positions", "max_seq_len");
    private static final Map<String, int[]> RANGES =
            new TreeMap<>(Map.ofEntries( // one order, so that a seed draws one model
                    Map.entry("vocab_size", new int[] {20, 60}),
                    Map.entry("intermediate_size", new int[] {5, 40}),
                    Map.entry("moe_intermediate_size", new int[] {5, 40}),
                    Map.entry("ffn_dim", new int[] {5, 40}),
                    Map.entry("n_inner", new int[] {5, 40}),
                    Map.entry("hidden_dim", new int[] {5, 40}),
                    Map.entry("dim_feedforward", new int[] {5, 40}),
                    Map.entry("ffn_hidden_size", new int[] {5, 40}),
                    Map.entry("sliding_window", new int[] {1, 6}),
                    Map.entry("window_size", new int[] {1, 6}),
                    Map.entry("max_window_layers", new int[] {0, 3}),
                    Map.entry("embedding_size", new int[] {4, 20}),
                    Map.entry("word_embed_proj_dim", new int[] {4, 20}),
                    Map.entry("num_local_experts", new int[] {2, 6}),
                    Map.entry("num_experts", new int[] {2, 6}),
                    Map.entry("num_experts_per_tok", new int[] {1, 2})));

    private final Random random;
    private final @Nullable Integer context;

    public RandomModels(long seed) {
        this(seed, null);
    }

    /** @param context most positions, where something bounds them; null for a few, drawn too */
    public RandomModels(long seed, @Nullable Integer context) {
        this.random = new Random(seed);
        this.context = context;
    }

    /** The folders whose configs are changed, one at least of every family. */
    public static List<Path> origins() {
        return Fixture.own().stream().map(Fixture::folder).toList();
    }

    /** @param scratch an empty folder for the config */
    public HookedModel next(Path origin, Path scratch) {
        return next(origin, scratch, DataType.FLOAT32);
    }

    /** @param dtype of the weights, and of what is computed */
    public HookedModel next(Path origin, Path scratch, DataType dtype) {
        for (int i = 0; i < ATTEMPTS; i++) {
            try {
                return build(changed(read(origin)), scratch, dtype);
            } catch (ModelRefused e) {
                // sizes that do not fit together; drawn again
            }
        }
        throw new IllegalStateException("no change of " + origin + " can be loaded");
    }

    private HookedModel build(JsonObject json, Path scratch, DataType dtype) {
        NDManager memory = Fixture.TORCH.newManager();
        try (RandomWeights weights = new RandomWeights(memory, random, dtype)) {
            Files.writeString(scratch.resolve("config.json"), json.toString());
            Files.write(scratch.resolve("model.safetensors"), new byte[0]); // hashed, never read
            Checkpoint checkpoint = new Checkpoint(scratch);
            Config config = checkpoint.config();
            Architecture architecture = Architectures.of(config);
            HookedModel.Origin origin = new HookedModel.Origin(
                    "random", architecture.info(config), checkpoint, Fixture.TORCH, memory, weights.dtype());
            return architecture.build(origin, config, weights);
        } catch (IOException e) {
            memory.close();
            throw new UncheckedIOException(e);
        } catch (RuntimeException e) {
            memory.close();
            throw e;
        }
    }

    private static JsonObject read(Path folder) {
        try {
            return JsonParser.parseString(Files.readString(folder.resolve("config.json")))
                    .getAsJsonObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private JsonObject changed(JsonObject json) {
        int layers = between(1, 4);
        int kvHeads = between(1, 3);
        int heads = kvHeads * between(1, 3);
        int dHead = 4 * between(1, 4);
        json.remove("layer_types");
        json.remove("attention_layers");
        set(json, LAYERS, layers);
        set(json, HEADS, heads);
        set(json, KV_HEADS, kvHeads);
        set(json, List.of("head_dim"), dHead);
        set(json, List.of("rotary_dim"), 2 * between(1, dHead / 2));
        set(json, WIDTHS, heads * dHead);
        set(json, CONTEXTS, context == null ? between(14, 40) : context);
        RANGES.forEach((key, range) -> set(json, List.of(key), between(range[0], range[1])));
        for (String key : ACTIVATIONS) {
            if (has(json, key)) {
                json.addProperty(
                        key, List.of("gelu", "relu", "silu", "gelu_new").get(random.nextInt(4)));
            }
        }
        for (String key : SWITCHES) {
            if (has(json, key)) {
                json.addProperty(key, random.nextBoolean());
            }
        }
        if (has(json, "attention_types")) {
            json.add("attention_types", JsonParser.parseString("[[['global'],1],[['local']," + (layers - 1) + "]]"));
        }
        json.entrySet().forEach(e -> resizeFactors(e.getValue(), dHead));
        return json;
    }

    private void resizeFactors(JsonElement rope, int dHead) {
        if (!rope.isJsonObject()) {
            return;
        }
        JsonElement part = rope.getAsJsonObject().get("partial_rotary_factor");
        int pairs = (int) (dHead * (part == null ? 1 : part.getAsDouble())) / 2;
        for (String key : List.of("short_factor", "long_factor")) {
            if (rope.getAsJsonObject().has(key)) {
                JsonArray factors = new JsonArray();
                for (int i = 0; i < pairs; i++) {
                    factors.add(1 + 2 * random.nextDouble());
                }
                rope.getAsJsonObject().add(key, factors);
            }
        }
    }

    private static boolean has(JsonObject json, String key) {
        return json.has(key) && !json.get(key).isJsonNull();
    }

    private static void set(JsonObject json, List<String> keys, int value) {
        keys.stream().filter(key -> has(json, key)).forEach(key -> json.add(key, new JsonPrimitive(value)));
    }

    private int between(int least, int most) {
        return least + random.nextInt(most - least + 1);
    }
}
