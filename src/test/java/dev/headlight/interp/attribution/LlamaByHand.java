package dev.headlight.interp.attribution;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.headlight.model.Fixture;
import dev.headlight.model.HookedModel;
import dev.headlight.model.arch.Architectures;
import dev.headlight.model.checkpoint.Checkpoint;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A Llama of one layer, two heads and two neurons whose values can be computed by hand. On token {@link #TOKEN} the residual
 * stream starts as (1, 1, 1, 1), head 0 adds (1, 1, 0, 0), head 1 adds (0, 0, 1, 1), and neuron 0 adds (2, 2, 2, 2).
 */
final class LlamaByHand {
    static final int TOKEN = 3;
    static final int ANSWER = 5; // unembedded by (1, 2, 3, 4)
    static final int FOIL = 6; // unembedded by (0, 0, 1, 1)

    private static final int VOCABULARY = 8;
    private static final int WIDTH = 4;
    private static final String CONFIG = """
            {"model_type": "llama", "architectures": ["LlamaForCausalLM"], "hidden_size": 4, "num_hidden_layers": 1,
             "num_attention_heads": 2, "num_key_value_heads": 2, "head_dim": 2, "intermediate_size": 2, "vocab_size": 8,
             "hidden_act": "silu", "max_position_embeddings": 8, "rms_norm_eps": 1e-12, "attention_bias": false,
             "mlp_bias": false, "tie_word_embeddings": false, "rope_theta": 10000.0}
            """;

    private record Weight(long[] shape, float[] values) {}

    private final Map<String, Weight> weights = new LinkedHashMap<>();

    private LlamaByHand() {
        put("model.embed_tokens.weight", VOCABULARY, row(VOCABULARY, TOKEN, 1, 1, 1, 1));
        put("lm_head.weight", VOCABULARY, add(row(VOCABULARY, ANSWER, 1, 2, 3, 4), row(VOCABULARY, FOIL, 0, 0, 1, 1)));
        String layer = "model.layers.0.";
        for (String norm : new String[] {layer + "input_layernorm", layer + "post_attention_layernorm", "model.norm"}) {
            weights.put(norm + ".weight", new Weight(new long[] {WIDTH}, new float[] {1, 1, 1, 1}));
        }
        put(layer + "self_attn.q_proj.weight", WIDTH, new float[WIDTH * WIDTH]); // equal attention to every key
        put(layer + "self_attn.k_proj.weight", WIDTH, new float[WIDTH * WIDTH]);
        put(layer + "self_attn.v_proj.weight", WIDTH, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1);
        put(layer + "self_attn.o_proj.weight", WIDTH, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0);
        put(layer + "mlp.gate_proj.weight", 2, row(2, 0, 16, 16, 16, 16)); // silu(64) is 64 in float32
        put(layer + "mlp.up_proj.weight", 2, row(2, 0, 1 / 32f, 0, 0, 0));
        put(layer + "mlp.down_proj.weight", WIDTH, 1, 0, 1, 0, 1, 0, 1, 0);
    }

    /** Writes the checkpoint into an empty folder and loads it; the caller closes the model. */
    static HookedModel load(Path folder) throws IOException {
        Files.writeString(folder.resolve("config.json"), CONFIG);
        new LlamaByHand().write(folder.resolve("model.safetensors"));
        return new Architectures().load("by-hand", new Checkpoint(folder), Fixture.TORCH);
    }

    private void put(String name, int rows, float... values) {
        weights.put(name, new Weight(new long[] {rows, values.length / rows}, values));
    }

    /** A matrix [rows, width] of zeros except in one row. */
    private static float[] row(int rows, int index, float... values) {
        float[] matrix = new float[rows * values.length];
        System.arraycopy(values, 0, matrix, index * values.length, values.length);
        return matrix;
    }

    private static float[] add(float[] a, float[] b) {
        float[] sum = a.clone();
        for (int i = 0; i < sum.length; i++) {
            sum[i] += b[i];
        }
        return sum;
    }

    private void write(Path file) throws IOException {
        JsonObject header = new JsonObject();
        int end = 0;
        for (Map.Entry<String, Weight> weight : weights.entrySet()) {
            JsonObject entry = new JsonObject();
            entry.addProperty("dtype", "F32");
            entry.add("shape", array(weight.getValue().shape));
            int start = end;
            end += Float.BYTES * weight.getValue().values.length;
            entry.add("data_offsets", array(start, end));
            header.add(weight.getKey(), entry);
        }
        byte[] json = header.toString().getBytes(StandardCharsets.UTF_8);
        ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES + json.length + end).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(json.length).put(json);
        weights.values().forEach(weight -> {
            for (float value : weight.values) {
                bytes.putFloat(value);
            }
        });
        Files.write(file, bytes.array());
    }

    private static JsonArray array(long... numbers) {
        JsonArray array = new JsonArray();
        Arrays.stream(numbers).forEach(array::add);
        return array;
    }
}
